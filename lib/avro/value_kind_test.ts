import assert from "node:assert/strict";
import { readSchema } from "./read_schema.ts";
import { valueKindOf } from "./value_kind.ts";

const kindOf = (schema: unknown) => valueKindOf(readSchema(JSON.stringify(schema)), "R.f");

Deno.test("a logical type that has a form of its own is a kind of its own", () => {
  const kinds = [
    { type: "string", logicalType: "uuid" },
    { type: "int", logicalType: "date" },
    { type: "long", logicalType: "timestamp-millis" },
    { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 },
    { type: "fixed", name: "F", size: 4, logicalType: "decimal", precision: 4 },
    { type: "fixed", name: "F", size: 4 },
    "bytes",
    ["null", "string", "double", { type: "array", items: "int" }, { type: "map", values: "int" }],
  ].map(kindOf);
  assert.deepEqual(kinds, [
    ...["uuid", "date", "timestamp-millis", "decimal", "decimal", "fixed", "bytes", "union"],
  ]);
});

Deno.test("what no program can be made for is refused with its place, the reason and a way out", () => {
  const record = (name: string) => ({ type: "record", name, fields: [] });
  const refused: [unknown, RegExp][] = [
    [
      { type: "long", logicalType: "timestamp-micros" },
      /timestamp-micros is not supported: .* use timestamp-millis/,
    ],
    [{ type: "int", logicalType: "time-millis" }, /time-millis is not supported: .* use a string/],
    [{ type: "int", logicalType: "moon-phase" }, /moon-phase is not supported: known are uuid, date/],
    [{ type: "bytes", logicalType: "uuid" }, /uuid is not supported on bytes; put it on string/],
    [{ type: "bytes", logicalType: "decimal" }, /needs a precision/],
    [{ type: "bytes", logicalType: "decimal", precision: 2, scale: 3 }, /scale from 0 to the precision/],
    [["int", "long"], /a union of int and long is not supported: both are written as a number/],
    [["string", { type: "enum", name: "E", symbols: ["a"] }], /string and E .* written as text/],
    [["string", "bytes"], /string and bytes .* written as text/],
    [["string", { type: "long", logicalType: "timestamp-millis" }], /string and timestamp-millis .* as text/],
    [["int", { type: "int", logicalType: "date" }], /branch int twice/],
    [["double", { type: "int", logicalType: "date" }], /double and date .* decoded as a number/],
    [[record("A"), record("B")], /A and B .* an object.*Use a record with a field for each/],
    [[record("A"), { type: "map", values: "int" }], /A and map/],
  ];
  for (const [schema, message] of refused) {
    assert.throws(() => kindOf(schema), message, JSON.stringify(schema));
  }
});
