import { shown } from "../core/shown.ts";
import { type FieldSchema, nullableOf } from "./avro_schema.ts";
import { type ValueKind, valueKindOf } from "./value_kind.ts";

/** The `constraints` attribute of a field: ours, ignored by every Avro library. */
export interface Constraints {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxDecimals?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly uuidVersion?: number;
}

const NUMBERS = ["minimum", "maximum"];
const LENGTHS = ["minLength", "maxLength"];
const CONSTRAINTS_OF: Partial<Record<ValueKind, readonly string[]>> = {
  string: LENGTHS,
  bytes: LENGTHS,
  uuid: ["uuidVersion"],
  int: NUMBERS,
  long: NUMBERS,
  float: [...NUMBERS, "maxDecimals"],
  double: [...NUMBERS, "maxDecimals"],
};

/**
 * The constraints of a field; in a union with null they hold for the other branch.
 *
 * Throws an `Error` for one that would not be enforced, and for a logical type beside the type: Avro ignores it there.
 */
export function constraintsOf(field: FieldSchema, at: string): Constraints {
  if (field.attributes["logicalType"] !== undefined) {
    throw new Error(`${at}: logicalType stands beside the type and would be ignored; put it into the type`);
  }
  const raw = field.attributes["constraints"];
  if (raw === undefined) return {};
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new Error(`${at}: constraints must be an object, but is ${shown(raw)}`);
  }
  const kind = valueKindOf(nullableOf(field.type) ?? field.type, at);
  const allowed = CONSTRAINTS_OF[kind] ?? [];
  for (const [name, value] of Object.entries(raw)) {
    if (!allowed.includes(name) || !Number.isFinite(value)) {
      const known = allowed.length === 0 ? "none" : allowed.join(", ");
      throw new Error(
        `${at}: constraint ${name} ${shown(value)} is not supported on ${kind}; known: ${known}`,
      );
    }
    if (name === "uuidVersion" && value !== 4) {
      throw new Error(`${at}: uuidVersion must be 4, but is ${shown(value)}`);
    }
  }
  const { minimum, maximum, minLength, maxLength } = raw as Constraints;
  if ((minimum ?? -Infinity) > (maximum ?? Infinity) || (minLength ?? 0) > (maxLength ?? Infinity)) {
    throw new Error(`${at}: no value can satisfy ${shown(raw)}: the least is greater than the most`);
  }
  return raw as Constraints;
}
