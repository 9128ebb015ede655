import { shown } from "../core/shown.ts";
import type {
  AvroType,
  EnumSchema,
  FieldSchema,
  FixedSchema,
  LogicalType,
  NamedSchema,
  PrimitiveName,
  RecordSchema,
  UnionSchema,
} from "./avro_schema.ts";

type Json = Readonly<Record<string, unknown>>;
/** Where in the schema we are: what is known by name, the namespace, and the place for messages. */
interface Scope {
  readonly named: Map<string, NamedSchema>;
  readonly namespace: string;
  readonly at: string;
  /** Fields and symbols met so far, in the whole schema. */
  readonly count: { names: number };
}

const PRIMITIVES = new Set<unknown>(
  ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] satisfies PrimitiveName[],
);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const FIELD_ATTRIBUTES = new Set(["name", "aliases", "doc", "type", "default", "order"]);
/** Deeper than anybody writes a schema by hand; what reads schemas recurses. */
const MAX_DEPTH = 100;
/** Fields and symbols of a whole schema: what compares schemas looks at each pair of them. */
const MAX_NAMES = 5_000;

/** Reads the text of any Avro schema. Throws an `Error` that names what is wrong, and where. */
export function readSchema(schemaText: string): AvroType {
  return readType(JSON.parse(schemaText), {
    named: new Map(),
    namespace: "",
    at: "the schema",
    count: { names: 0 },
  }, 0);
}

/** Reads the text of a record schema, which every event is. Throws an `Error` that names what is wrong. */
export function readRecordSchema(schemaText: string): RecordSchema {
  const type = readSchema(schemaText);
  if (type.kind === "record") return type;
  throw new Error(`the schema is of type ${type.kind}; only a record can be used`);
}

function readType(raw: unknown, scope: Scope, depth: number): AvroType {
  if (depth > MAX_DEPTH) throw new Error(`the schema's types are nested more than ${MAX_DEPTH} deep`);
  if (typeof raw === "string") return readName(raw, scope);
  if (Array.isArray(raw)) return readUnion(raw, scope, depth);
  if (typeof raw !== "object" || raw === null) throw invalid(scope, raw, "is no type");
  const definition = raw as Json;
  const { type } = definition;
  const inside = (part: "items" | "values", at: string) =>
    readType(definition[part], { ...scope, at: `${scope.at}${at}` }, depth + 1);
  switch (type) {
    case "array":
      return { kind: "array", items: inside("items", "[]") };
    case "map":
      return { kind: "map", values: inside("values", "{}") };
    case "fixed":
      return readFixed(definition, scope);
    case "enum":
      return readEnum(definition, scope);
    case "record":
    case "error":
      return readRecord(definition, scope, depth);
  }
  if (PRIMITIVES.has(type)) return { kind: type as PrimitiveName, logical: readLogical(definition) };
  // {"type": {"type": …}} says the same as what is inside.
  return readType(type, scope, depth + 1);
}

function readName(name: string, scope: Scope): AvroType {
  if (PRIMITIVES.has(name)) return { kind: name as PrimitiveName, logical: undefined };
  const known = scope.named.get(fullName(name, scope.namespace)) ?? scope.named.get(name);
  if (known === undefined) throw invalid(scope, name, "is no type of Avro, and no type above has this name");
  return known;
}

function readUnion(raw: readonly unknown[], scope: Scope, depth: number): UnionSchema {
  const branches = raw.map((branch) => readType(branch, scope, depth + 1));
  const names = branches.map((branch) => "name" in branch ? branch.name : branch.kind);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(scope, raw, `has the branch ${twice} twice`);
  if (names.includes("union")) throw invalid(scope, raw, "is a union in a union");
  if (names.length === 0) throw invalid(scope, raw, "is a union of nothing");
  return { kind: "union", branches };
}

function readFixed(raw: Json, scope: Scope): FixedSchema {
  const { size } = raw;
  if (!Number.isSafeInteger(size) || (size as number) < 0) {
    throw invalid(scope, size, "is no size of a fixed");
  }
  const { head } = readHead(raw, scope);
  return remember(scope, { kind: "fixed", ...head, size: size as number, logical: readLogical(raw) });
}

function readEnum(raw: Json, scope: Scope): EnumSchema {
  const symbols = raw["symbols"] as readonly string[];
  const standard = raw["default"];
  if (!Array.isArray(symbols) || !symbols.every((symbol) => NAME.test(symbol))) {
    throw invalid(scope, symbols, "is no list of symbols");
  }
  countNames(scope, symbols.length);
  if (new Set(symbols).size !== symbols.length) throw invalid(scope, symbols, "has a symbol twice");
  if (standard !== undefined && !symbols.includes(standard as string)) {
    throw invalid(scope, standard, "is the enum's default and none of its symbols");
  }
  const { head } = readHead(raw, scope);
  return remember(scope, { kind: "enum", ...head, symbols, default: standard as string | undefined });
}

function readRecord(raw: Json, scope: Scope, depth: number): RecordSchema {
  const { head, namespace } = readHead(raw, scope);
  if (!Array.isArray(raw["fields"])) {
    throw invalid(scope, raw["fields"], `is no list of fields for ${head.name}`);
  }
  countNames(scope, raw["fields"].length);
  const fields: FieldSchema[] = [];
  // Known before its fields are read, so that a field may refer to it.
  const record = remember(scope, { kind: "record" as const, ...head, fields });
  const simple = head.name.slice(head.name.lastIndexOf(".") + 1);
  for (const field of raw["fields"] as readonly Json[]) {
    const name = String(field?.["name"]);
    const at = `${simple}.${name}`;
    if (!NAME.test(name)) throw new Error(`${at}: ${shown(name)} is no name for a field`);
    if (fields.some((other) => other.name === name)) {
      throw new Error(`${at}: there are two fields of this name`);
    }
    fields.push({
      name,
      aliases: texts(field["aliases"]),
      doc: textOf(field["doc"]),
      type: readType(field["type"], { ...scope, namespace, at }, depth + 1),
      default: Object.hasOwn(field, "default") ? { value: field["default"] } : undefined,
      attributes: Object.fromEntries(Object.entries(field).filter(([key]) => !FIELD_ATTRIBUTES.has(key))),
    });
  }
  return record;
}

function countNames({ count, at }: Scope, more: number): void {
  count.names += more;
  if (count.names > MAX_NAMES) {
    throw new Error(`${at}: the schema has more than ${MAX_NAMES} fields and symbols`);
  }
}

function readHead(raw: Json, scope: Scope) {
  const own = String(raw["name"]);
  const name = fullName(own, textOf(raw["namespace"]) ?? scope.namespace);
  if (!name.split(".").every((part) => NAME.test(part))) {
    throw invalid(scope, raw["name"], "is no name for a type");
  }
  const namespace = name.slice(0, Math.max(0, name.lastIndexOf(".")));
  const aliases = texts(raw["aliases"]).map((alias) => fullName(alias, namespace));
  return { head: { name, aliases, doc: textOf(raw["doc"]) }, namespace };
}

function readLogical(raw: Json): LogicalType | undefined {
  const { logicalType, precision, scale } = raw;
  if (typeof logicalType !== "string") return undefined;
  return {
    name: logicalType,
    precision: typeof precision === "number" ? precision : undefined,
    scale: typeof scale === "number" ? scale : 0,
  };
}

function remember<T extends NamedSchema>({ named, at }: Scope, type: T): T {
  if (named.has(type.name)) {
    throw new Error(`${at}: two types are called ${type.name}; give each a name of its own`);
  }
  named.set(type.name, type);
  return type;
}

function fullName(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function invalid({ at }: Scope, raw: unknown, what: string): Error {
  return new Error(`${at}: ${shown(raw ?? null)} ${what}`);
}
