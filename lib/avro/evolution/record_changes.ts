import type { FieldSchema, RecordSchema } from "../avro_schema.ts";
import { below, type Change, change, type CompareTypes, effect, FINE } from "./change.ts";
import { incompatibilities } from "./compatibility.ts";
import { fieldChanges } from "./field_changes.ts";

/** Fields added, removed, renamed, moved and changed. */
export function recordChanges(older: RecordSchema, newer: RecordSchema, compare: CompareTypes): Change[] {
  const pairs = newer.fields.flatMap((field) => {
    const before = older.fields.find(({ name }) => name === field.name) ??
      older.fields.find(({ name }) =>
        field.aliases.includes(name) && !newer.fields.some((other) => other.name === name)
      );
    return before === undefined ? [] : [{ before, after: field }];
  });
  const removed = older.fields.filter((field) => !pairs.some(({ before }) => before === field));
  const added = newer.fields.filter((field) => !pairs.some(({ after }) => after === field));
  const positions = pairs.map(({ before }) => older.fields.indexOf(before));
  const isReordered = positions.some((position, index) => index > 0 && position < positions[index - 1]!);
  return [
    ...pairs.flatMap(({ before, after }) =>
      below(after.name, [
        ...(before.name === after.name ? [] : [renamedField(before, after)]),
        ...compare(before.type, after.type),
        ...fieldChanges(before, after),
      ], before.name)
    ),
    ...removed.map((field) => removedField(field, added)),
    ...added.map(addedField),
    ...(isReordered
      ? [change({ path: "", code: "fields-reordered", what: "fields stand in another order" })]
      : []),
  ];
}

function addedField(field: FieldSchema): Change {
  const isOptional = field.type.kind === "union" && field.type.branches[0]?.kind === "null";
  const newReaders = field.default === undefined
    ? effect("unreadable", "cannot read records that do not have it: it has no default")
    : effect("fine", `fine: records without it read as ${JSON.stringify(field.default.value)}`);
  return change({
    path: field.name,
    code: "field-added",
    what: "added",
    newReaders,
    oldReaders: effect("note", "fine: they do not see it"),
    fix: field.default !== undefined ? undefined : isOptional ? 'add "default": null' : "give it a default",
  });
}

function removedField(field: FieldSchema, added: readonly FieldSchema[]): Change {
  const alike = added.filter(({ type }) =>
    incompatibilities(type, field.type).length === 0 && incompatibilities(field.type, type).length === 0
  );
  const renamed = alike.length === 1 && added.length === 1 ? alike[0] : undefined;
  return change({
    path: field.name,
    code: "field-removed",
    what: "removed",
    newReaders: effect("note", "fine: they do not see it in older records"),
    oldReaders: field.default === undefined
      ? effect("unreadable", "cannot read records without it: it had no default")
      : effect("warn", `will see ${JSON.stringify(field.default.value)} in every newer record`),
    fix: renamed === undefined
      ? undefined
      : `this looks like a rename to ${renamed.name}: keep ${field.name}, write both, and retire it later`,
  });
}

function renamedField(before: FieldSchema, after: FieldSchema): Change {
  const oldReaders = before.default === undefined
    ? effect(
      "unreadable",
      `cannot read newer records: an alias helps new readers only, and ${before.name} has no default`,
    )
    : effect(
      "misread",
      `will see ${
        JSON.stringify(before.default.value)
      } instead of the value: an alias helps new readers only`,
    );
  return change({
    path: "",
    code: "field-renamed",
    what: `renamed from ${before.name}, with an alias`,
    newReaders: FINE,
    oldReaders,
    fix: `keep ${before.name}, add ${after.name} beside it, write both, and retire the old one later`,
  });
}
