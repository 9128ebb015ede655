import { type Change, change, type Effect, effect } from "./change.ts";

/** Constraints that let more through when they grow. The others let more through when they shrink. */
const UPPER = new Set(["maximum", "maxLength", "maxDecimals"]);

/** Ranges that became wider or narrower. Avro does not look at them; our producers and consumers do. */
export function constraintChanges(older: unknown, newer: unknown): Change[] {
  const [before, after] = [fieldsOf(older), fieldsOf(newer)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [old, young] = [before[name], after[name]];
    if (old === young) return [];
    const isWider = young === undefined ||
      (old !== undefined && (UPPER.has(name) ? young > old : young < old));
    const what = `${name} ${was(old)} and is now ${young ?? "gone"}`;
    return isWider
      ? [change({ path: "", code: "constraint-widened", what, oldReaders: WIDER })]
      : [change({ path: "", code: "constraint-narrowed", what, newReaders: NARROWER })];
  });
}

const WIDER: Effect = effect(
  "warn",
  "dead-letter the values that are newly allowed: upgrade consumers first",
);
const NARROWER: Effect = effect(
  "warn",
  "dead-letter older records that were allowed before: upgrade producers first, and consumers when none is left",
);

function was(value: unknown): string {
  return value === undefined ? "was not there" : `was ${value}`;
}

function fieldsOf(value: unknown): Readonly<Record<string, number>> {
  return typeof value === "object" && value !== null ? value as Record<string, number> : {};
}
