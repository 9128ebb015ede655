import assert from "node:assert/strict";
import { typescriptOf } from "./typescript.ts";

function codeOf(fields: unknown[], rest: object = {}): string {
  return typescriptOf(
    JSON.stringify({ type: "record", name: "Cart", namespace: "shop", fields, ...rest }),
    "cart.avsc",
  );
}

Deno.test("every supported construct gets the type that decoding gives and the type that people write", () => {
  const lineType = { type: "record", name: "Line", fields: [{ name: "sku", type: "string" }] };
  const money = { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 };
  const code = codeOf([
    { name: "lines", type: { type: "array", items: lineType } },
    { name: "maybe", type: { type: "array", items: ["null", "int"] } },
    { name: "more", type: { type: "map", values: "Line" } },
    { name: "first", type: ["null", "Line"], default: null },
    { name: "at", type: ["null", { type: "long", logicalType: "timestamp-millis" }] },
    { name: "day", type: { type: "int", logicalType: "date" } },
    { name: "sum", type: money },
    { name: "raw", type: "bytes", default: "" },
    { name: "mac", type: { type: "fixed", name: "Mac", size: 6 } },
    { name: "any", type: ["string", "null", "double", "boolean"] },
    { name: "list", type: { type: "array", items: ["null", "string", "int"] } },
    { name: "next", type: ["null", "Cart"], default: null },
    { name: "state", type: { type: "enum", name: "OrderState", symbols: ["open"] }, default: "open" },
  ], { doc: "Tricky */ doc,\nof two lines." });
  const members = code.split("\n").filter((line) => /^ {2}\w+\??:|^export|^import/.test(line));
  assert.deepEqual(members, [
    'import type { Buffer } from "node:buffer";',
    'import { compileRecordRules, type RecordRules } from "@orderline/lib/avro/record_rules";',
    'import CART_SCHEMA_TEXT from "../cart.avsc" with { type: "text" };',
    "export { CART_SCHEMA_TEXT };",
    'export const ORDER_STATES = ["open"] as const;',
    "export type OrderState = typeof ORDER_STATES[number];",
    "export interface Line {",
    "  sku: string;",
    "export interface LineInput {",
    "  sku: string;",
    "export interface Cart {",
    "  lines: Line[];",
    "  maybe: (number | null)[];",
    "  more: Record<string, Line>;",
    "  first: Line | null;",
    "  at: number | null;",
    "  day: number;",
    "  sum: string;",
    "  raw: Buffer;",
    "  mac: Buffer;",
    "  any: string | number | boolean | null;",
    "  list: (string | number | null)[];",
    "  next: Cart | null;",
    "  state: OrderState;",
    "export interface CartInput {",
    "  lines: LineInput[];",
    "  maybe: (number | null)[];",
    "  more: Record<string, LineInput>;",
    "  first?: LineInput | null;",
    "  at: string | null;",
    "  day: string;",
    "  sum: string;",
    "  raw?: string;",
    "  mac: string;",
    "  any: string | number | boolean | null;",
    "  list: (string | number | null)[];",
    "  next?: CartInput | null;",
    "  state?: OrderState;",
    "export const cartRecordRules: RecordRules<Cart> = compileRecordRules<Cart>(CART_SCHEMA_TEXT);",
  ]);
  assert.match(code, /Tricky \* \/ doc,\n \* of two lines\./);
});

Deno.test("a schema that no file can be made for is refused with its place and the reason", () => {
  const refused: [unknown[], RegExp][] = [
    [[{ name: "f", type: { type: "long", logicalType: "timestamp-micros" } }], /Cart\.f: .*timestamp-micros/],
    [[{ name: "f", type: "int", default: "x" }], /Cart\.f: the default breaks the rules/],
    [[{ name: "f", type: "int", constraints: { minLength: 1 } }], /Cart\.f: constraint minLength/],
    [[{ name: "__proto__", type: "int" }], /cannot be used in JavaScript/],
  ];
  for (const [fields, message] of refused) assert.throws(() => codeOf(fields), message);
});

Deno.test("two things that would have one name, or a name of TypeScript's, are refused", () => {
  const named = (
    name: string,
    rest: object = { type: "record", fields: [] },
  ) => [{ name: "f", type: { name, ...rest } }];
  const enumOf = { type: "enum", symbols: ["a"] };
  assert.throws(() => codeOf(named("CartInput")), /the name CartInput is already used by shop\.Cart/);
  assert.throws(() => codeOf(named("other.Cart")), /the name Cart is already used by other\.Cart/);
  assert.throws(() => codeOf(named("Record")), /already used by TypeScript/);
  assert.throws(() => codeOf(named("string", enumOf)), /already used by TypeScript/);
});
