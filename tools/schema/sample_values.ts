import { Buffer } from "node:buffer";
import {
  type AvroType,
  type FieldSchema,
  logicalOf,
  nullableOf,
  type RecordSchema,
} from "@orderline/lib/avro/avro_schema";
import { type Constraints, constraintsOf } from "@orderline/lib/avro/constraints";
import { valueKindOf } from "@orderline/lib/avro/value_kind";

const MAX_SAMPLES = 8;
const MAX_DEPTH = 4;

/**
 * Decoded values of a schema, the same each time: as many as are needed to meet every symbol and every branch, at
 * most eight, from the least that its constraints allow to something larger.
 */
export function sampleValues(schema: RecordSchema): Record<string, unknown>[] {
  const count = Math.min(MAX_SAMPLES, variants(schema, new Set()));
  return Array.from({ length: count }, (_, index) => recordOf(schema, index, 0));
}

/** The most alternatives that anything in the type has. */
function variants(type: AvroType, seen: Set<AvroType>): number {
  if (seen.has(type)) return 1;
  seen.add(type);
  switch (type.kind) {
    case "record":
      return Math.max(2, ...type.fields.map((field) => variants(field.type, seen)));
    case "enum":
      return type.symbols.length;
    case "union":
      return Math.max(type.branches.length, ...type.branches.map((branch) => variants(branch, seen)));
    case "array":
      return variants(type.items, seen);
    case "map":
      return variants(type.values, seen);
    default:
      return 2;
  }
}

function recordOf(schema: RecordSchema, index: number, depth: number): Record<string, unknown> {
  return Object.fromEntries(schema.fields.map((field) => [field.name, fieldOf(field, index, depth)]));
}

function fieldOf(field: FieldSchema, index: number, depth: number): unknown {
  const constraints = constraintsOf(field, field.name);
  const other = nullableOf(field.type);
  if (other === undefined) return valueOf(field.type, constraints, { index, depth });
  return index % 2 === 0 || depth > MAX_DEPTH ? null : valueOf(other, constraints, { index, depth });
}

function valueOf(
  type: AvroType,
  constraints: Constraints,
  { index, depth }: { index: number; depth: number },
): unknown {
  const inside = (part: AvroType) => valueOf(part, {}, { index, depth: depth + 1 });
  const isFirst = index === 0;
  switch (type.kind) {
    case "record":
      return recordOf(type, index, depth + 1);
    case "union":
      return inside(type.branches[depth > MAX_DEPTH ? 0 : index % type.branches.length]!);
    case "array":
      return isFirst || depth > MAX_DEPTH ? [] : [inside(type.items)];
    case "map":
      return isFirst || depth > MAX_DEPTH ? {} : { "a name": inside(type.values) };
    case "enum":
      return type.symbols[index % type.symbols.length];
    case "fixed":
      return logicalOf(type) === undefined ? Buffer.alloc(type.size, index) : decimalOf(type, index);
  }
  return scalarOf(type, constraints, index);
}

function scalarOf(type: AvroType, constraints: Constraints, index: number): unknown {
  const { minimum, maximum, minLength = 0, maxLength = Infinity } = constraints;
  const kind = valueKindOf(type, "");
  const within = (value: number) => Math.min(Math.max(value, minimum ?? -Infinity), maximum ?? Infinity);
  const length = index === 0 ? minLength : Math.min(maxLength, Math.max(minLength, 3 + index));
  switch (kind) {
    case "null":
      return null;
    case "boolean":
      return index % 2 === 1;
    case "int":
    case "long":
      return index === 0 ? minimum ?? 0 : within(index * 1_000);
    case "float":
    case "double":
      return index === 0 ? minimum ?? 0 : within(constraints.maxDecimals === 0 ? index : index + 0.5);
    case "string":
      return "é".repeat(index === 0 ? 0 : 1).padEnd(length, "order").slice(0, length);
    case "bytes":
      return Buffer.alloc(length, index);
    case "uuid":
      return `3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5${index.toString(16)}`;
    case "date":
      return index === 0 ? 0 : 20_778 + index;
    case "timestamp-millis":
      return index === 0 ? 0 : 1_763_721_045_123 + index;
    default:
      return decimalOf(type, index);
  }
}

function decimalOf(type: AvroType, index: number): string {
  const { precision = 1, scale } = logicalOf(type)!;
  const digits = index === 0
    ? "0".repeat(scale + 1)
    : "12345678901234567890".slice(0, precision).padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return index % 2 === 0 && index > 0 ? `-${text}` : text;
}
