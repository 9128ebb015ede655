import { type AvroType, logicalOf, simpleName } from "@orderline/lib/avro/avro_schema";

/** A type in a few words: `text`, `list of Line`, `number or nothing`. */
export function typeWords(type: AvroType): string {
  switch (type.kind) {
    case "union": {
      const others = type.branches.filter(({ kind }) => kind !== "null").map(typeWords);
      const nothing = others.length < type.branches.length ? ["nothing"] : [];
      return [...others, ...nothing].join(" or ");
    }
    case "array":
      return `list of ${typeWords(type.items)}`;
    case "map":
      return `names with ${typeWords(type.values)}`;
    case "record":
    case "enum":
      return simpleName(type.name);
  }
  const logical = logicalOf(type);
  if (logical?.name === "decimal") return `decimal(${logical.precision}, ${logical.scale})`;
  return logical?.name ?? (type.kind === "fixed" ? `${type.size} bytes` : type.kind);
}
