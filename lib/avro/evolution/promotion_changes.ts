import { type AvroType, logicalOf, simpleName } from "../avro_schema.ts";
import { type Change, change, type Effect, effect } from "./change.ts";
import { incompatibilities } from "./compatibility.ts";
import { logicalChanges } from "./logical_changes.ts";

/** What a value loses when it is read as another type. */
const LOSSES: Readonly<Record<string, Effect>> = {
  "int float": effect("warn", "see whole numbers above 16,777,216 rounded"),
  "long float": effect("warn", "see whole numbers above 16,777,216 rounded"),
  "long double": effect("warn", "see whole numbers above 9,007,199,254,740,992 rounded"),
  "string bytes": effect("warn", "get bytes where it was text"),
  "bytes string": effect("warn", "get text where it was bytes; what is no UTF-8 is damaged"),
};

/** A type that became another one. */
export function promotionChanges(older: AvroType, newer: AvroType): Change[] {
  const change_ = change({
    path: "",
    code: "type-changed",
    what: `${nameOf(older)} became ${nameOf(newer)}`,
    newReaders: reading(newer, older),
    oldReaders: reading(older, newer),
    fix: "add a field with a new name, write both for a while, then stop writing this one",
  });
  const isRead = change_.newReaders.grade !== "unreadable" || change_.oldReaders.grade !== "unreadable";
  // An int of days that is read as a long of milliseconds is readable, and wrong.
  const units = isRead && logicalOf(older) !== undefined ? logicalChanges(older, newer) : [];
  return [change_, ...units];
}

/** What a reader of one type sees of values of another. */
export function reading(reader: AvroType, writer: AvroType): Effect {
  if (incompatibilities(reader, writer).length > 0) {
    return effect("unreadable", `cannot read ${nameOf(writer)} as ${nameOf(reader)}`);
  }
  return LOSSES[`${writer.kind} ${reader.kind}`] ?? effect("fine", "fine");
}

/** A type as one says it: `int`, `enum Priority`, `timestamp-millis`. */
export function nameOf(type: AvroType): string {
  if (type.kind === "union") return type.branches.map(nameOf).join(" or ");
  if ("name" in type) return `${type.kind} ${simpleName(type.name)}`;
  return logicalOf(type)?.name ?? type.kind;
}
