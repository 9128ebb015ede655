import { type AvroType, logicalOf, simpleName } from "./avro_schema.ts";

/**
 * What the values of a type are in a program: Avro's own kinds, and the logical types that get a form of their own.
 * The one list of what rules, types and documentation are made for.
 */
export type ValueKind = AvroType["kind"] | "uuid" | "date" | "decimal" | "timestamp-millis";

const LOGICAL: Readonly<Record<string, { readonly on: readonly string[]; readonly kind: ValueKind }>> = {
  "uuid": { on: ["string"], kind: "uuid" },
  "date": { on: ["int"], kind: "date" },
  "decimal": { on: ["bytes", "fixed"], kind: "decimal" },
  "timestamp-millis": { on: ["long"], kind: "timestamp-millis" },
};

/** Why a logical type of Avro's is none of ours, and what to write. */
const REASONS: Readonly<Record<string, string>> = {
  "timestamp-micros": "its microseconds do not fit the times of JavaScript; use timestamp-millis",
  "timestamp-nanos": "its nanoseconds do not fit a number; use timestamp-millis",
  "local-timestamp-millis":
    "a time without a zone means another moment to every reader; use timestamp-millis",
  "local-timestamp-micros":
    "a time without a zone means another moment to every reader; use timestamp-millis",
  "local-timestamp-nanos": "a time without a zone means another moment to every reader; use timestamp-millis",
  "time-millis": "a time of day has no form here yet; use a string, or an int and say the unit in its name",
  "time-micros": "a time of day has no form here yet; use a string, or a long and say the unit in its name",
  "duration": "few libraries read it; use a long and say the unit in the field's name",
};

/** What JSON and JavaScript tell apart. Two branches of a union that are written or decoded alike cannot be. */
const WRITTEN: Readonly<Record<Exclude<ValueKind, "union">, readonly [written: string, decoded: string]>> = {
  "null": ["null", "null"],
  "boolean": ["true or false", "true or false"],
  ...{ "int": ["a number", "a number"], "long": ["a number", "a number"] },
  ...{ "float": ["a number", "a number"], "double": ["a number", "a number"] },
  ...{ "date": ["text", "a number"], "timestamp-millis": ["text", "a number"] },
  ...{
    "string": ["text", "text"],
    "uuid": ["text", "text"],
    "enum": ["text", "text"],
    "decimal": ["text", "text"],
  },
  ...{ "bytes": ["text", "bytes"], "fixed": ["text", "bytes"] },
  ...{
    "array": ["a list", "a list"],
    "map": ["an object", "an object"],
    "record": ["an object", "an object"],
  },
};

/** The kind of a type's values. Throws an `Error` with the reason for a type that no program can be made for. */
export function valueKindOf(type: AvroType, at: string): ValueKind {
  if (type.kind === "union") checkUnion(type.branches, at);
  const logical = logicalOf(type);
  if (logical === undefined) return type.kind;
  const known = LOGICAL[logical.name];
  if (known === undefined) {
    const why = REASONS[logical.name] ?? `known are ${Object.keys(LOGICAL).join(", ")}`;
    throw new Error(`${at}: the logical type ${logical.name} is not supported: ${why}`);
  }
  if (!known.on.includes(type.kind)) {
    const wanted = known.on.join(" or ");
    throw new Error(
      `${at}: the logical type ${logical.name} is not supported on ${type.kind}; put it on ${wanted}`,
    );
  }
  if (known.kind === "decimal") checkDecimal(type, at);
  return known.kind;
}

/** How values of a kind look to people who write them, and to programs that read them: what a branch is told by. */
export function formsOf(kind: ValueKind): { readonly written: string; readonly decoded: string } {
  const [written, decoded] = WRITTEN[kind as Exclude<ValueKind, "union">];
  return { written, decoded };
}

/** Which of these forms a value has, if any. */
export function formOfValue(value: unknown): string | undefined {
  if (value === null) return "null";
  switch (typeof value) {
    case "boolean":
      return "true or false";
    case "number":
      return "a number";
    case "string":
      return "text";
    case "object":
      return Array.isArray(value) ? "a list" : value instanceof Uint8Array ? "bytes" : "an object";
    default:
      return undefined;
  }
}

/** A union's branch as its author calls it. */
export function branchName(type: AvroType): string {
  return "name" in type ? simpleName(type.name) : logicalOf(type)?.name ?? type.kind;
}

function checkUnion(branches: readonly AvroType[], at: string): void {
  for (const side of [0, 1] as const) {
    const seen = new Map<string, string>();
    for (const branch of branches) {
      const form = WRITTEN[valueKindOf(branch, at) as Exclude<ValueKind, "union">][side];
      const other = seen.get(form);
      if (other !== undefined) {
        throw new Error(
          `${at}: a union of ${other} and ${branchName(branch)} is not supported: both are ` +
            `${side === 0 ? "written" : "decoded"} as ${form}, so nobody could tell which one is meant. ` +
            `Use a record with a field for each`,
        );
      }
      seen.set(form, branchName(branch));
    }
  }
}

function checkDecimal(type: AvroType, at: string): void {
  const { precision, scale } = logicalOf(type)!;
  const isWhole = Number.isInteger(precision) && Number.isInteger(scale);
  if (!isWhole || precision! < 1 || scale < 0 || scale > precision!) {
    throw new Error(
      `${at}: a decimal needs a precision of at least 1 and a scale from 0 to the precision, ` +
        `but has precision ${precision} and scale ${scale}; other programs would read it as plain bytes`,
    );
  }
}
