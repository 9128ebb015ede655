import assert from "node:assert/strict";
import { readRecordSchema } from "./avro_schema.ts";

function recordOf(field: Record<string, unknown>): string {
  return JSON.stringify({ type: "record", name: "R", fields: [{ name: "f", ...field }] });
}

Deno.test("a construct that is not supported is named together with its place", () => {
  const unsupported = [
    { type: "bytes" },
    { type: { type: "fixed", name: "F", size: 2 } },
    { type: ["string", "int"] },
    { type: ["null", "string", "int"] },
    { type: ["null"] },
    { type: ["int"] },
    { type: { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 } },
    { type: { type: "long", logicalType: "timestamp-micros" } },
    { type: "Unknown" },
    { type: { type: "array", items: "bytes" } },
    { type: null },
  ];
  for (const field of unsupported) {
    assert.throws(
      () => readRecordSchema(recordOf(field)),
      /R\.f.*is not supported; supported are/,
      recordOf(field),
    );
  }
  assert.throws(() => readRecordSchema('"string"'), /only a record/);
});

Deno.test("a constraint that would not be enforced is an error, not a comment", () => {
  const wrong = [
    { type: "string", constraints: { minimum: 1 } },
    { type: "int", constraints: { maxDecimals: 2 } },
    { type: "int", constraints: { minimun: 1 } },
    { type: "int", constraints: { minimum: "1" } },
    { type: "boolean", constraints: { minimum: 1 } },
    { type: { type: "string", logicalType: "uuid" }, constraints: { uuidVersion: 7 } },
  ];
  for (const field of wrong) {
    assert.throws(() => readRecordSchema(recordOf(field)), /R\.f: /, recordOf(field));
  }
});

Deno.test("a logicalType beside the type instead of within it is an error", () => {
  assert.throws(
    () => readRecordSchema(recordOf({ type: "long", logicalType: "timestamp-millis" })),
    /into the type/,
  );
});

Deno.test("a named type that is used twice is one object, and a record may contain itself", () => {
  const text = JSON.stringify({
    type: "record",
    name: "Node",
    namespace: "a.b",
    fields: [
      { name: "next", type: ["null", "a.b.Node"], default: null },
      { name: "kind", type: { type: "enum", name: "Kind", symbols: ["leaf"] } },
      { name: "other", type: "Kind" },
    ],
  });
  const record = readRecordSchema(text);
  const [next, kind, other] = record.fields;
  assert.equal(next?.type.kind === "nullable" && next.type.of, record);
  assert.equal(kind?.type, other?.type);
  assert.deepEqual(next?.default, { value: null });
});
