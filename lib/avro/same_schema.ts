/**
 * Whether two schema texts say the same, documentation, defaults, aliases and constraints included.
 *
 * Registries rewrite what they store: the order of attributes, `{"type":"string"}` for `"string"`, a namespace
 * that is spelled out or inherited. None of that counts; everything else does. Text that is no JSON equals only
 * itself.
 */
export function isSameSchema(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return canonicalSchema(a) === canonicalSchema(b);
  } catch {
    return false;
  }
}

/** The one text of a schema that stands for all texts that say the same. Throws a `SyntaxError` when it is no JSON. */
export function canonicalSchema(schemaText: string): string {
  return JSON.stringify(normalise(JSON.parse(schemaText), ""));
}

function normalise(schema: unknown, namespace: string): unknown {
  if (typeof schema === "string") return PRIMITIVES.has(schema) ? schema : fullName(schema, namespace);
  if (Array.isArray(schema)) return schema.map((branch) => normalise(branch, namespace));
  if (typeof schema !== "object" || schema === null) return schema;
  const { type, name, namespace: own, aliases, fields, items, values, ...rest } = schema as JsonObject;
  if (typeof name !== "string") {
    const plain = typeof type === "string" ? normalise(type, namespace) : type;
    const parts = { items: normalise(items, namespace), values: normalise(values, namespace) };
    const attributes = sorted({ ...parts, ...rest });
    return Object.keys(attributes).length === 0 ? plain : { type: plain, ...attributes };
  }
  const full = fullName(name, typeof own === "string" ? own : namespace);
  const inner = full.slice(0, Math.max(0, full.lastIndexOf(".")));
  return {
    type,
    name: full,
    aliases: names(aliases, inner),
    fields: Array.isArray(fields) ? fields.map((field) => normaliseField(field, inner)) : undefined,
    ...sorted(rest),
  };
}

type JsonObject = Record<string, unknown>;

const PRIMITIVES = new Set(["null", "boolean", "int", "long", "float", "double", "bytes", "string"]);

function normaliseField(field: unknown, namespace: string): unknown {
  if (typeof field !== "object" || field === null) return field;
  const { type, order, ...rest } = field as JsonObject;
  const ordered = order === "ascending" ? rest : { ...rest, order };
  return { type: normalise(type, namespace), ...sorted(ordered) };
}

function names(aliases: unknown, namespace: string): unknown {
  if (!Array.isArray(aliases) || aliases.length === 0) return undefined;
  return aliases.map((alias) => fullName(String(alias), namespace));
}

function fullName(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

/** Attributes in one order, at every depth. */
function sorted(value: JsonObject): JsonObject {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => a < b ? -1 : 1).map(([key, part]) => [key, deep(part)]),
  );
}

function deep(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(deep);
  return typeof part === "object" && part !== null ? sorted(part as JsonObject) : part;
}
