import { shown } from "../core/shown.ts";

/** The part of Avro that rules and types are made from. A named type that is used twice is one object. */
export type AvroType =
  | {
    readonly kind: "string" | "uuid" | "boolean" | "int" | "long" | "timestamp-millis" | "float" | "double";
  }
  | EnumSchema
  | RecordSchema
  | { readonly kind: "nullable"; readonly of: AvroType }
  | { readonly kind: "array"; readonly items: AvroType }
  | { readonly kind: "map"; readonly values: AvroType };

/** An enum and its symbols. */
export interface EnumSchema {
  readonly kind: "enum";
  readonly name: string;
  readonly doc: string | undefined;
  readonly symbols: readonly string[];
}

/** A record and its fields. */
export interface RecordSchema {
  readonly kind: "record";
  readonly name: string;
  readonly doc: string | undefined;
  readonly fields: readonly FieldSchema[];
}

/** A field with what the schema says beyond its type. */
export interface FieldSchema {
  readonly name: string;
  readonly doc: string | undefined;
  readonly type: AvroType;
  /** Absent when the field has none: `{ value: null }` is a default as well. */
  readonly default: { readonly value: unknown } | undefined;
  readonly constraints: Constraints;
}

/** The `constraints` attribute of a field: ours, ignored by every Avro library. */
export interface Constraints {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxDecimals?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly uuidVersion?: number;
}

type Json = Readonly<Record<string, unknown>>;
type Named = Map<string, AvroType>;

const NUMBERS = ["minimum", "maximum"];
const DECIMALS = [...NUMBERS, "maxDecimals"];
const CONSTRAINTS_OF: Partial<Record<AvroType["kind"], readonly string[]>> = {
  string: ["minLength", "maxLength"],
  uuid: ["uuidVersion"],
  int: NUMBERS,
  long: NUMBERS,
  float: DECIMALS,
  double: DECIMALS,
};

/** Reads the text of a record schema. Throws an `Error` that names the construct it does not support. */
export function readRecordSchema(schemaText: string): RecordSchema {
  const type = readType(JSON.parse(schemaText), "the schema", new Map());
  if (type.kind !== "record") {
    throw new Error(`the schema is of type ${type.kind}; only a record can be used`);
  }
  return type;
}

function readType(raw: unknown, at: string, named: Named): AvroType {
  if (typeof raw === "string") return readName(raw, at, named);
  if (Array.isArray(raw)) return readUnion(raw, at, named);
  if (!isObject(raw)) throw unsupported(at, raw);
  const { type, logicalType } = raw;
  if (logicalType !== undefined) return readLogicalType(raw, at);
  if (type === "record") return readRecord(raw, named);
  if (type === "enum") return readEnum(raw, at, named);
  if (type === "array") return { kind: "array", items: readType(raw["items"], `${at}[]`, named) };
  if (type === "map") return { kind: "map", values: readType(raw["values"], `${at}{}`, named) };
  if (typeof type === "string" && type !== "fixed") return readName(type, at, named);
  throw unsupported(at, raw);
}

function readName(name: string, at: string, named: Named): AvroType {
  switch (name) {
    case "string":
    case "boolean":
    case "int":
    case "long":
    case "float":
    case "double":
      return { kind: name };
  }
  const known = named.get(simpleName(name));
  if (known === undefined) throw unsupported(at, name);
  return known;
}

function readLogicalType(raw: Json, at: string): AvroType {
  const { type, logicalType } = raw;
  if (type === "string" && logicalType === "uuid") return { kind: "uuid" };
  if (type === "long" && logicalType === "timestamp-millis") return { kind: "timestamp-millis" };
  throw unsupported(at, raw);
}

function readUnion(branches: readonly unknown[], at: string, named: Named): AvroType {
  const others = branches.filter((branch) => branch !== "null");
  if (branches.length !== 2 || others.length !== 1) throw unsupported(at, branches);
  return { kind: "nullable", of: readType(others[0], at, named) };
}

function readEnum(raw: Json, at: string, named: Named): EnumSchema {
  const { symbols, doc } = raw;
  if (!Array.isArray(symbols) || !symbols.every((symbol) => typeof symbol === "string")) {
    throw unsupported(at, raw);
  }
  const name = simpleName(String(raw["name"]));
  return remember(named, { kind: "enum", name, doc: textOf(doc), symbols });
}

function readRecord(raw: Json, named: Named): RecordSchema {
  const fields: FieldSchema[] = [];
  const name = simpleName(String(raw["name"]));
  // Known before its fields are read, so that a field may refer to it.
  const record = remember(named, { kind: "record" as const, name, doc: textOf(raw["doc"]), fields });
  for (const field of raw["fields"] as readonly Json[]) fields.push(readField(field, name, named));
  return record;
}

function readField(raw: Json, record: string, named: Named): FieldSchema {
  const name = String(raw["name"]);
  const at = `${record}.${name}`;
  if (raw["logicalType"] !== undefined) {
    throw new Error(`${at}: logicalType stands beside the type and would be ignored; put it into the type`);
  }
  const type = readType(raw["type"], at, named);
  const constraints = readConstraints(raw["constraints"], type, at);
  const hasDefault = Object.hasOwn(raw, "default");
  const standard = hasDefault ? { value: raw["default"] } : undefined;
  return { name, doc: textOf(raw["doc"]), type, default: standard, constraints };
}

function readConstraints(raw: unknown, type: AvroType, at: string): Constraints {
  if (raw === undefined) return {};
  const kind = type.kind === "nullable" ? type.of.kind : type.kind;
  const allowed = CONSTRAINTS_OF[kind] ?? [];
  for (const [name, value] of Object.entries(raw as Json)) {
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
  return raw as Constraints;
}

function remember<T extends EnumSchema | RecordSchema>(named: Named, type: T): T {
  if (named.has(type.name)) throw new Error(`two types are called ${type.name}; give each a name of its own`);
  named.set(type.name, type);
  return type;
}

function simpleName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

function unsupported(at: string, raw: unknown): Error {
  return new Error(
    `${at}: ${
      shown(raw)
    } is not supported; supported are string, uuid, boolean, int, long, timestamp-millis, ` +
      `float, double, enum, record, array, map and a union of null with one of these`,
  );
}
