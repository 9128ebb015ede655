import assert from "node:assert/strict";
import { readRecordSchema, readSchema } from "./read_schema.ts";

function recordOf(field: Record<string, unknown>): string {
  return JSON.stringify({ type: "record", name: "R", fields: [{ name: "f", ...field }] });
}

Deno.test("what is no schema is named together with its place", () => {
  const enumOf = (rest: object) => ({ type: { type: "enum", name: "E", symbols: ["a"], ...rest } });
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ type: "Unknown" }, /R\.f: "Unknown" is no type of Avro/],
    [{ type: null }, /R\.f: null is no type/],
    [{}, /R\.f: null is no type/],
    [{ type: ["null", "null"] }, /has the branch null twice/],
    [{ type: [] }, /union of nothing/],
    [{ type: ["null", ["int"]] }, /union in a union/],
    [{ type: { type: "array", items: "Nothing" } }, /R\.f\[\]: "Nothing"/],
    [{ type: { type: "map", values: 5 } }, /R\.f\{\}: 5/],
    [{ type: { type: "fixed", name: "F", size: -1 } }, /size of a fixed/],
    [{ type: { type: "fixed", name: "0F", size: 1 } }, /"0F" is no name/],
    [enumOf({ symbols: "a" }), /no list of symbols/],
    [enumOf({ symbols: ["a", "a"] }), /a symbol twice/],
    [enumOf({ default: "b" }), /none of its symbols/],
    [{ type: { type: "record", name: "R", fields: [] } }, /two types are called R/],
    [{ type: { type: "record", name: "S" } }, /no list of fields for S/],
  ];
  for (const [field, message] of wrong) {
    assert.throws(() => readRecordSchema(recordOf(field)), message, recordOf(field));
  }
  const twice = {
    type: "record",
    name: "R",
    fields: [{ name: "a", type: "int" }, { name: "a", type: "int" }],
  };
  assert.throws(() => readSchema(JSON.stringify(twice)), /R\.a: there are two fields of this name/);
  assert.throws(() => readRecordSchema('"string"'), /only a record/);
});

Deno.test("types nested deeper than anybody writes are refused instead of filling the stack", () => {
  const deep = `${'{"type":"array","items":'.repeat(5_000)}"int"${"}".repeat(5_000)}`;
  assert.throws(() => readSchema(deep), /nested more than 100 deep/);
});

Deno.test("a named type that is used twice is one object, and a record may contain itself", () => {
  const text = JSON.stringify({
    type: "record",
    name: "Node",
    namespace: "a.b",
    aliases: ["Old", "c.Older"],
    fields: [
      { name: "next", type: ["null", "a.b.Node"], default: null },
      { name: "kind", type: { type: "enum", name: "Kind", symbols: ["leaf"] }, constraints: { x: 1 } },
      { name: "other", type: "Kind" },
    ],
  });
  const record = readRecordSchema(text);
  const [next, kind, other] = record.fields;
  assert.equal(next?.type.kind === "union" && next.type.branches[1], record);
  assert.equal(kind?.type, other?.type);
  assert.equal(kind?.type.kind === "enum" && kind.type.name, "a.b.Kind");
  assert.deepEqual([next?.default, other?.default], [{ value: null }, undefined]);
  assert.deepEqual(record.aliases, ["a.b.Old", "c.Older"]);
  assert.deepEqual(kind?.attributes, { constraints: { x: 1 } });
});

Deno.test("logical types are kept, those that nobody here knows as well", () => {
  const logical = (type: object) => {
    const [field] = readRecordSchema(recordOf({ type })).fields;
    return field !== undefined && "logical" in field.type ? field.type.logical : undefined;
  };
  assert.deepEqual(logical({ type: "bytes", logicalType: "decimal", precision: 9, scale: 2 }), {
    name: "decimal",
    precision: 9,
    scale: 2,
  });
  assert.equal(logical({ type: "long", logicalType: "moon-phase" })?.name, "moon-phase");
  assert.equal(logical({ type: "long" }), undefined);
});
