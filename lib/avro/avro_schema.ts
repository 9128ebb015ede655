/**
 * An Avro schema as a tree: all of Avro, with names resolved. A named type that is used twice is one object, so a
 * record may contain itself.
 */
export type AvroType = PrimitiveSchema | NamedSchema | ArraySchema | MapSchema | UnionSchema;

/** The types that have names. */
export type NamedSchema = FixedSchema | EnumSchema | RecordSchema;

/** The types that are written as a word. */
export type PrimitiveName = "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";

/** What a logical type adds to the type below it. Kept also where nobody here knows the name. */
export interface LogicalType {
  readonly name: string;
  /** Of a decimal. */
  readonly precision: number | undefined;
  /** Of a decimal; 0 where the schema says none. */
  readonly scale: number;
}

/** A type without parts. */
export interface PrimitiveSchema {
  readonly kind: PrimitiveName;
  readonly logical: LogicalType | undefined;
}

interface Named {
  /** With its namespace: `shop.orders.Order`. */
  readonly name: string;
  /** Full names as well. */
  readonly aliases: readonly string[];
  readonly doc: string | undefined;
}

/** So many bytes, always. */
export interface FixedSchema extends Named {
  readonly kind: "fixed";
  readonly size: number;
  readonly logical: LogicalType | undefined;
}

/** An enum and its symbols. */
export interface EnumSchema extends Named {
  readonly kind: "enum";
  readonly symbols: readonly string[];
  /** What readers see in place of a symbol that they do not know. */
  readonly default: string | undefined;
}

/** A record and its fields. */
export interface RecordSchema extends Named {
  readonly kind: "record";
  readonly fields: readonly FieldSchema[];
}

/** A field with what the schema says beyond its type. */
export interface FieldSchema {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc: string | undefined;
  readonly type: AvroType;
  /** Absent when the field has none: `{ value: null }` is a default as well. As the schema writes it. */
  readonly default: { readonly value: unknown } | undefined;
  /** Attributes that are none of Avro's, such as our `constraints`. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Any number of one type. */
export interface ArraySchema {
  readonly kind: "array";
  readonly items: AvroType;
}

/** Any names, with values of one type. */
export interface MapSchema {
  readonly kind: "map";
  readonly values: AvroType;
}

/** One of several types. */
export interface UnionSchema {
  readonly kind: "union";
  readonly branches: readonly AvroType[];
}

/** `Order` of `shop.orders.Order`. */
export function simpleName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf(".") + 1);
}

/** The type beside null in a union of the two, else undefined. */
export function nullableOf(type: AvroType): AvroType | undefined {
  if (type.kind !== "union" || type.branches.length !== 2) return undefined;
  const others = type.branches.filter(({ kind }) => kind !== "null");
  return others.length === 1 ? others[0] : undefined;
}

/** The logical type of a type that can have one. */
export function logicalOf(type: AvroType): LogicalType | undefined {
  return "logical" in type ? type.logical : undefined;
}
