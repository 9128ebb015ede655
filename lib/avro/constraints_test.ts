import assert from "node:assert/strict";
import { constraintsOf } from "./constraints.ts";
import { readRecordSchema } from "./read_schema.ts";

function read(field: Record<string, unknown>) {
  const record = readRecordSchema(
    JSON.stringify({ type: "record", name: "R", fields: [{ name: "f", ...field }] }),
  );
  return constraintsOf(record.fields[0]!, "R.f");
}

Deno.test("constraints of a union with null are those of the other branch", () => {
  assert.deepEqual(read({ type: ["null", "int"], constraints: { minimum: 1 } }), { minimum: 1 });
  assert.deepEqual(read({ type: "string" }), {});
});

Deno.test("a constraint that would not be enforced is an error, not a comment", () => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ type: "string", constraints: { minimum: 1 } }, /minimum 1 is not supported on string/],
    [{ type: "int", constraints: { maxDecimals: 2 } }, /known: minimum, maximum/],
    [{ type: "int", constraints: { minimun: 1 } }, /minimun 1 is not supported/],
    [{ type: "int", constraints: { minimum: "1" } }, /minimum "1"/],
    [{ type: "int", constraints: { minimum: 2, maximum: 1 } }, /no value can satisfy/],
    [{ type: "int", constraints: [1] }, /must be an object/],
    [{ type: "boolean", constraints: { minimum: 1 } }, /known: none/],
    [{ type: { type: "string", logicalType: "uuid" }, constraints: { uuidVersion: 7 } }, /must be 4/],
    [{ type: "long", logicalType: "timestamp-millis" }, /put it into the type/],
  ];
  for (const [field, message] of wrong) assert.throws(() => read(field), message, JSON.stringify(field));
});
