import type { AvroType, NamedSchema, RecordSchema } from "../avro_schema.ts";
import { below, type Change, change, type CompareTypes, effect } from "./change.ts";
import { enumChanges } from "./enum_changes.ts";
import { logicalChanges } from "./logical_changes.ts";
import { nameChanges } from "./name_changes.ts";
import { promotionChanges } from "./promotion_changes.ts";
import { recordChanges } from "./record_changes.ts";
import { unionChanges } from "./union_changes.ts";

/**
 * What is different between two versions of a record schema, each with what it means to the readers of either version.
 * Empty when the two say the same.
 */
export function schemaChanges(older: RecordSchema, newer: RecordSchema): Change[] {
  const compared = new Map<AvroType, Set<AvroType>>();
  const compare: CompareTypes = (before, after) => {
    if (before.kind === "union" || after.kind === "union") return unionChanges(before, after, compare);
    if (before.kind !== after.kind) return promotionChanges(before, after);
    if (before.kind === "array") return below("[]", compare(before.items, (after as typeof before).items));
    if (before.kind === "map") return below("{}", compare(before.values, (after as typeof before).values));
    if (!("name" in before)) return logicalChanges(before, after);
    // Once for each pair: a record may contain itself, and what is used twice need not be told twice.
    const partners = compared.get(before) ?? new Set();
    if (partners.has(after)) return [];
    compared.set(before, partners.add(after));
    return [
      ...nameChanges(before, after as NamedSchema),
      ...partChanges(before, after as NamedSchema, compare),
    ];
  };
  return compare(older, newer);
}

function partChanges(before: NamedSchema, after: NamedSchema, compare: CompareTypes): Change[] {
  if (before.kind === "record") return recordChanges(before, after as RecordSchema, compare);
  if (before.kind === "enum") return enumChanges(before, after as typeof before);
  const { size } = after as typeof before;
  if (before.size === size) return logicalChanges(before, after);
  const cannot = effect(
    "unreadable",
    `cannot read ${size} bytes where they expect ${before.size}, or the reverse`,
  );
  const what = `size changed from ${before.size} to ${size} bytes`;
  return [change({ path: "", code: "size-changed", what, newReaders: cannot, oldReaders: cannot })];
}
