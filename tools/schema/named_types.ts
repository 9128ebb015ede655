import type { AvroType, NamedSchema } from "@orderline/lib/avro/avro_schema";

/** Every type with a name in a schema, once, those that use others before the ones that they use. */
export function namedTypes(root: AvroType): NamedSchema[] {
  const seen = new Set<NamedSchema>();
  const visit = (type: AvroType): void => {
    if (type.kind === "union") return type.branches.forEach(visit);
    if (type.kind === "array") return visit(type.items);
    if (type.kind === "map") return visit(type.values);
    if (!("name" in type) || seen.has(type)) return;
    seen.add(type);
    if (type.kind === "record") type.fields.forEach((field) => visit(field.type));
  };
  visit(root);
  return [...seen];
}
