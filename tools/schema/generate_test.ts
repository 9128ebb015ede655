import assert from "node:assert/strict";
import GENERATED from "../../schemas/generated/order.ts" with { type: "text" };
import ORDER_SCHEMA_TEXT from "../../schemas/order.avsc" with { type: "text" };
import { generate } from "./generate.ts";

Deno.test("the order's types in the repository are up to date", () => {
  assert.equal(generate(ORDER_SCHEMA_TEXT, "order.avsc"), GENERATED);
});

Deno.test("every supported construct gets the type that decoding gives and the type that people write", () => {
  const lineType = { type: "record", name: "Line", fields: [{ name: "sku", type: "string" }] };
  const code = generate(
    JSON.stringify({
      type: "record",
      name: "Cart",
      doc: "Tricky */ doc.",
      fields: [
        { name: "lines", type: { type: "array", items: lineType } },
        { name: "maybe", type: { type: "array", items: ["null", "int"] } },
        { name: "more", type: { type: "map", values: "Line" } },
        { name: "first", type: ["null", "Line"], default: null },
        { name: "at", type: ["null", { type: "long", logicalType: "timestamp-millis" }] },
        { name: "state", type: { type: "enum", name: "OrderState", symbols: ["open"] }, default: "open" },
      ],
    }),
    "cart.avsc",
  );
  const members = code.split("\n").filter((line) => /^ {2}\w+\??:|^export/.test(line));
  assert.deepEqual(members, [
    "export interface Line {",
    "  sku: string;",
    "export interface LineInput {",
    "  sku: string;",
    'export const ORDER_STATES = ["open"] as const;',
    "export type OrderState = typeof ORDER_STATES[number];",
    "export interface Cart {",
    "  lines: Line[];",
    "  maybe: (number | null)[];",
    "  more: Record<string, Line>;",
    "  first: Line | null;",
    "  at: number | null;",
    "  state: OrderState;",
    "export interface CartInput {",
    "  lines: LineInput[];",
    "  maybe: (number | null)[];",
    "  more: Record<string, LineInput>;",
    "  first?: LineInput | null;",
    "  at: string | null;",
    "  state?: OrderState;",
  ]);
  assert.match(code, /Tricky \* \/ doc\./);
});
