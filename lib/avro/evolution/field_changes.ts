import type { FieldSchema } from "../avro_schema.ts";
import { type Change, change, effect } from "./change.ts";
import { constraintChanges } from "./constraint_changes.ts";

/** What changed of a field beside its name and its type. */
export function fieldChanges(older: FieldSchema, newer: FieldSchema): Change[] {
  const others = (field: FieldSchema) => JSON.stringify({ ...field.attributes, constraints: undefined });
  const words = (field: FieldSchema) => JSON.stringify([field.doc, field.aliases]);
  return [
    ...defaultChanges(older, newer),
    ...constraintChanges(older.attributes["constraints"], newer.attributes["constraints"]),
    ...(others(older) === others(newer) ? [] : [
      change({ path: "", code: "attribute-changed", what: "attributes that are none of Avro's changed" }),
    ]),
    ...(words(older) === words(newer)
      ? []
      : [change({ path: "", code: "words-changed", what: "documentation or aliases changed" })]),
  ];
}

function defaultChanges({ default: before }: FieldSchema, { default: after }: FieldSchema): Change[] {
  const [old, young] = [JSON.stringify(before?.value), JSON.stringify(after?.value)];
  if (old === young) return [];
  if (old === undefined) {
    return [change({ path: "", code: "default-added", what: `default ${young} added` })];
  }
  if (young === undefined) {
    const newReaders = effect(
      "warn",
      "cannot read records without the field, which an earlier version may have written",
    );
    return [change({ path: "", code: "default-removed", what: `default ${old} removed`, newReaders })];
  }
  const differs = effect(
    "misread",
    `take an omitted value for ${young}, where those on the older version take it for ${old}: the same bytes mean two things`,
  );
  const fix = `keep the default ${old}, and write ${young} where it is meant`;
  const what = `default changed from ${old} to ${young}`;
  return [change({ path: "", code: "default-changed", what, newReaders: differs, fix })];
}
