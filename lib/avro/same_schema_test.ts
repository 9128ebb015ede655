import assert from "node:assert/strict";
import { isSameSchema } from "./same_schema.ts";

const text = (schema: unknown) => JSON.stringify(schema);
const base = {
  type: "record",
  name: "R",
  namespace: "a.b",
  doc: "d",
  fields: [
    { name: "f", type: "string", doc: "x", constraints: { minLength: 1, maxLength: 2 } },
    { name: "e", type: { type: "enum", name: "E", symbols: ["p", "q"], default: "p" }, default: "p" },
    { name: "g", type: ["null", "E"], default: null },
  ],
};

Deno.test("what a registry rewrites makes no difference", () => {
  const rewritten = {
    name: "a.b.R",
    fields: [
      {
        type: { type: "string" },
        constraints: { maxLength: 2, minLength: 1 },
        doc: "x",
        name: "f",
        order: "ascending",
      },
      {
        default: "p",
        name: "e",
        type: { default: "p", symbols: ["p", "q"], name: "E", namespace: "a.b", type: "enum" },
      },
      { name: "g", type: ["null", "a.b.E"], default: null },
    ],
    doc: "d",
    type: "record",
  };
  assert.ok(isSameSchema(text(base), JSON.stringify(rewritten, null, 2)));
});

Deno.test("what a schema says makes a difference, down to its documentation", () => {
  const [f, e, g] = base.fields;
  const enumType = { type: "enum", name: "E", symbols: ["p", "q"] };
  const changes = {
    documentation: { ...base, doc: "other" },
    name: { ...base, name: "Other" },
    "sort order": { ...base, fields: [{ ...f, order: "descending" }, e, g] },
    namespace: { ...base, namespace: "a.c" },
    constraint: { ...base, fields: [{ ...f, constraints: { minLength: 1, maxLength: 3 } }, e, g] },
    "enum default": { ...base, fields: [f, { ...e, type: enumType }, g] },
    "field default": { ...base, fields: [f, { ...e, default: "q" }, g] },
    alias: { ...base, aliases: ["Old"] },
    "order of fields": { ...base, fields: [e, f, g] },
    "logical type": { ...base, fields: [{ ...f, type: { type: "string", logicalType: "uuid" } }, e, g] },
  };
  for (const [name, changed] of Object.entries(changes)) {
    assert.equal(isSameSchema(text(base), text(changed)), false, name);
  }
});

Deno.test("text that is no schema is like nothing but itself", () => {
  assert.equal(isSameSchema("<html>", text(base)), false);
  assert.equal(isSameSchema("<html>", "<html>"), true);
});
