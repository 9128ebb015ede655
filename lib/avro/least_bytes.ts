import type { AvroType, RecordSchema } from "./avro_schema.ts";

/**
 * The fewest bytes that a value of each record inside a type can take. Infinity for a record that contains itself
 * without end, which no bytes can be.
 */
export function leastBytesOfRecords(root: AvroType): ReadonlyMap<RecordSchema, number> {
  const least = new Map<RecordSchema, number>();
  collect(root, least);
  // From "never" down to what is possible: a record gets finite when all of its fields have.
  for (let changed = true; changed;) {
    changed = false;
    for (const [record, known] of least) {
      const bytes = record.fields.reduce((sum, { type }) => sum + leastBytes(type, least), 0);
      if (bytes >= known) continue;
      least.set(record, bytes);
      changed = true;
    }
  }
  return least;
}

/** The fewest bytes that a value can take, given those of the records in it. */
export function leastBytes(type: AvroType, records: ReadonlyMap<RecordSchema, number>): number {
  switch (type.kind) {
    case "null":
      return 0;
    case "float":
      return 4;
    case "double":
      return 8;
    case "fixed":
      return type.size;
    case "union":
      return 1 + Math.min(...type.branches.map((branch) => leastBytes(branch, records)));
    case "record":
      return records.get(type) ?? Infinity;
    default:
      return 1;
  }
}

function collect(type: AvroType, found: Map<RecordSchema, number>): void {
  if (type.kind === "union") return type.branches.forEach((branch) => collect(branch, found));
  if (type.kind === "array") return collect(type.items, found);
  if (type.kind === "map") return collect(type.values, found);
  if (type.kind !== "record" || found.has(type)) return;
  found.set(type, Infinity);
  type.fields.forEach((field) => collect(field.type, found));
}
