import { type AvroType, type FieldSchema, logicalOf, nullableOf } from "@orderline/lib/avro/avro_schema";
import { constraintsOf } from "@orderline/lib/avro/constraints";
import { valueKindOf } from "@orderline/lib/avro/value_kind";

/** Whether values are looked at as programs have them, or as people write them. */
export type Side = "decoded" | "written";

const FORMS: Readonly<Record<string, Readonly<Record<Side, string>>>> = {
  "timestamp-millis": { decoded: "epoch milliseconds", written: "ISO 8601 text with Z or an offset" },
  "date": { decoded: "days since 1970-01-01", written: "ISO 8601 date" },
  "bytes": { decoded: "bytes", written: "base64 text" },
  "fixed": { decoded: "bytes", written: "base64 text" },
};

/** What a field's comment says beyond its doc and its type: ranges, the form of its values, its default. */
export function fieldFacts(field: FieldSchema, side: Side): string[] {
  const constraints = Object.entries(constraintsOf(field, field.name)).map(([name, value]) =>
    `${name} ${value}`
  );
  const standard = field.default === undefined ? [] : [`default ${JSON.stringify(field.default.value)}`];
  return [...constraints, ...formFacts(field.type, side), ...standard];
}

function formFacts(type: AvroType, side: Side): string[] {
  const inner = nullableOf(type) ?? type;
  if (inner.kind === "union" || inner.kind === "array" || inner.kind === "map") return [];
  const kind = valueKindOf(inner, "");
  if (kind === "decimal") {
    const { precision, scale } = logicalOf(inner)!;
    return [`decimal number of at most ${precision} digits, ${scale} of them decimals`];
  }
  const form = FORMS[kind]?.[side];
  const size = inner.kind === "fixed" ? [`${inner.size} bytes`] : [];
  return form === undefined ? [] : [...size, ...(form === "bytes" ? [] : [form])];
}
