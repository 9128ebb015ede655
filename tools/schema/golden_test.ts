import assert from "node:assert/strict";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import { compileRecordRules } from "@orderline/lib/avro/record_rules";
import { goldenDrift, goldenValues } from "./golden.ts";
import { sampleValues } from "./sample_values.ts";

const EVERYTHING = JSON.stringify({
  type: "record",
  name: "Everything",
  fields: [
    { name: "kind", type: { type: "enum", name: "Kind", symbols: ["a", "b", "c", "d", "e"] } },
    { name: "any", type: ["null", "boolean", "double", "string", { type: "array", items: "int" }] },
    { name: "maybe", type: ["null", "long"], constraints: { minimum: 7, maximum: 9 } },
    { name: "text", type: "string", constraints: { minLength: 2, maxLength: 3 } },
    { name: "raw", type: "bytes", constraints: { minLength: 2 } },
    { name: "mac", type: { type: "fixed", name: "Mac", size: 2 } },
    { name: "sum", type: { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 } },
    { name: "whole", type: { type: "fixed", name: "W", size: 4, logicalType: "decimal", precision: 3 } },
    { name: "day", type: { type: "int", logicalType: "date" } },
    { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "id", type: { type: "string", logicalType: "uuid" }, constraints: { uuidVersion: 4 } },
    { name: "share", type: "double", constraints: { maxDecimals: 0, maximum: 3 } },
    { name: "map", type: { type: "map", values: "float" } },
    { name: "kids", type: { type: "array", items: "Everything" } },
  ],
});

Deno.test("samples keep to the constraints and meet every symbol and every branch, the same each time", () => {
  const samples = sampleValues(readRecordSchema(EVERYTHING));
  const rules = compileRecordRules(EVERYTHING);
  for (const sample of samples) assert.deepEqual(rules.check(sample), []);
  assert.deepEqual(samples.map(({ kind }) => kind), ["a", "b", "c", "d", "e"]);
  const forms = samples.map(({ any }) => Array.isArray(any) ? "list" : any === null ? "null" : typeof any);
  assert.deepEqual(forms, ["null", "boolean", "number", "string", "list"]);
  assert.deepEqual(new Set(samples.map(({ maybe }) => maybe)), new Set([null, 9]));
  assert.deepEqual(sampleValues(readRecordSchema(EVERYTHING)), samples);
});

Deno.test("golden values are read and written as they were", async () => {
  assert.deepEqual(await goldenDrift(goldenValues(EVERYTHING), { label: "v1", text: EVERYTHING }), []);
});
