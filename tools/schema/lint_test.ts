import assert from "node:assert/strict";
import ORDER_SCHEMA_TEXT from "../../schemas/order.avsc" with { type: "text" };
import { lint } from "./lint.ts";

const DOC = { doc: "Words." };
const FIELD = { name: "f", type: "int", ...DOC };

function rulesBroken(fields: unknown[], rest: object = {}): string[] {
  const schema = { type: "record", name: "R", namespace: "n", ...DOC, fields, ...rest };
  return lint(JSON.stringify(schema), "r.avsc").map(({ at, rule }) => `${at} ${rule}`);
}

Deno.test("the order's schema has nothing to be regretted", () => {
  assert.deepEqual(lint(ORDER_SCHEMA_TEXT, "order.avsc"), []);
});

Deno.test("each rule finds what it is for, and says where", () => {
  const kind = { type: "enum", name: "Kind", symbols: ["a"], ...DOC };
  const cases: [string[], string[]][] = [
    [rulesBroken([FIELD]), []],
    [rulesBroken([{ ...FIELD, doc: undefined }]), ["R.f documented"]],
    [rulesBroken([FIELD], { doc: undefined }), ["R documented"]],
    [rulesBroken([FIELD], { namespace: undefined }), ["R namespace"]],
    [rulesBroken([FIELD], { name: "r_r" }), ["r_r names"]],
    [rulesBroken([{ ...FIELD, name: "orderId" }]), ["R.orderId names"]],
    [rulesBroken([{ ...FIELD, type: kind }]), ["Kind enum-default"]],
    [rulesBroken([{ ...FIELD, type: { ...kind, default: "a" } }]), []],
    [rulesBroken([{ ...FIELD, type: ["int", "null"] }]), ["R.f null-first"]],
    [rulesBroken([{ ...FIELD, type: ["null", "int"] }]), ["R.f null-first"]],
    [rulesBroken([{ ...FIELD, type: ["null", "int"], default: null }]), []],
    [rulesBroken([FIELD, { ...FIELD, name: "g", aliases: ["f"] }]), ["R.g aliases"]],
    [rulesBroken([{ ...FIELD, name: "unit_price", type: "double" }]), ["R.unit_price money"]],
    [rulesBroken([{ ...FIELD, name: "price", type: "double", constraints: { maxDecimals: 2 } }]), []],
    [rulesBroken([{ ...FIELD, type: ["int", "long"] }]), ["R.f usable"]],
    [rulesBroken([{ ...FIELD, type: "long", logicalType: "timestamp-millis" }]), ["R.f usable"]],
    [rulesBroken([{ ...FIELD, default: "x" }]), ["R.f usable"]],
  ];
  for (const [found, expected] of cases) assert.deepEqual(found, expected);
});

Deno.test("what is inside lists, maps and records is looked at as well, once", () => {
  const line = { type: "record", name: "Line", fields: [FIELD] };
  const fields = [
    { ...FIELD, type: { type: "array", items: line } },
    { ...FIELD, name: "g", type: { type: "map", values: "n.Line" } },
  ];
  assert.deepEqual(rulesBroken(fields), ["Line documented"]);
});
