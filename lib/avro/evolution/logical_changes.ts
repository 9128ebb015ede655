import { type AvroType, logicalOf, type LogicalType } from "../avro_schema.ts";
import { type Change, change, type Effect, effect } from "./change.ts";

/**
 * What the same bytes mean. No registry looks at it: a changed unit or scale passes every level, and every value then
 * comes out wrong.
 */
export function logicalChanges(older: AvroType, newer: AvroType): Change[] {
  const [before, after] = [logicalOf(older), logicalOf(newer)];
  if (before === undefined || after === undefined) return statedOrDropped(before, after, newer.kind);
  if (before.name !== after.name || before.scale !== after.scale) {
    const wrong = effect("misread", misreading(before, after));
    const what = `${meaning(before)} became ${meaning(after)}`;
    const fix = `add a new field for ${meaning(after)} and leave this one as it is`;
    return [change({ path: "", code: "unit-changed", what, newReaders: wrong, oldReaders: wrong, fix })];
  }
  if (before.precision === after.precision) return [];
  const what = `precision changed from ${before.precision} to ${after.precision} digits`;
  const refuse = effect("warn", "refuse numbers with more digits than their version allows");
  const isWider = (after.precision ?? 0) > (before.precision ?? 0);
  return [
    change({ path: "", code: "precision-changed", what, [isWider ? "oldReaders" : "newReaders"]: refuse }),
  ];
}

function statedOrDropped(
  before: LogicalType | undefined,
  after: LogicalType | undefined,
  kind: AvroType["kind"],
): Change[] {
  if (after !== undefined) {
    const words = after.name === "uuid"
      ? "refuse texts that are no uuid"
      : `take what is already there for ${meaning(after)}: make sure that it always was`;
    const newReaders: Effect = effect(after.name === "uuid" ? "note" : "warn", words);
    return [
      change({ path: "", code: "logical-type-added", what: `${kind} is now ${meaning(after)}`, newReaders }),
    ];
  }
  if (before === undefined) return [];
  const newReaders = effect(before.name === "uuid" ? "note" : "warn", `see a plain ${kind}, and no unit`);
  return [
    change({
      path: "",
      code: "logical-type-removed",
      what: `${meaning(before)} is now a plain ${kind}`,
      newReaders,
    }),
  ];
}

/** Seconds in one unit. */
const UNITS: Readonly<Record<string, number>> = {
  "date": 86_400,
  ...{ "timestamp-millis": 1e-3, "timestamp-micros": 1e-6, "timestamp-nanos": 1e-9 },
  ...{ "local-timestamp-millis": 1e-3, "local-timestamp-micros": 1e-6, "local-timestamp-nanos": 1e-9 },
  ...{ "time-millis": 1e-3, "time-micros": 1e-6 },
};

/** How wrong values come out, where that is a number. */
function misreading(before: LogicalType, after: LogicalType): string {
  if (before.name === "decimal" && after.name === "decimal") {
    return `read numbers ${
      factor(10 ** (after.scale - before.scale))
    } off: Avro keeps the digits and moves the point`;
  }
  const units = [UNITS[before.name], UNITS[after.name]];
  const [a, b] = units;
  return a !== undefined && b !== undefined && a !== b
    ? `read times ${factor(a / b)} off: Avro keeps the number and changes the unit`
    : "read the same number as something else";
}

function factor(ratio: number): string {
  return `${Math.round(Math.max(ratio, 1 / ratio)).toLocaleString("en-US")} times`;
}

function meaning({ name, precision, scale }: LogicalType): string {
  return name === "decimal" ? `decimal(${precision}, ${scale})` : name;
}
