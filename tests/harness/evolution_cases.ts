/**
 * Changes of a schema, and what becomes of them: the table that our offline verdicts, a live registry and the decoder
 * are all held against.
 */

/** One change from an older to a newer schema. */
export interface EvolutionCase {
  readonly name: string;
  readonly older: unknown;
  readonly newer: unknown;
  /** Whether registries let new readers read old records, and old readers new ones. */
  readonly backward: boolean;
  readonly forward: boolean;
  /** Whether our decoder reads both ways, where that differs from what registries say. */
  readonly decodes?: { readonly backward: boolean; readonly forward: boolean };
  /** What we refuse although a registry accepts it at every level, in words of the sentence. */
  readonly refused?: RegExp;
  /** The worst that we say of it, and to whom. */
  readonly grades: readonly [newReaders: string, oldReaders: string];
}

const record = (fields: unknown, rest: object = {}) => ({
  type: "record",
  name: "R",
  namespace: "n",
  fields,
  ...rest,
});
/** A record with a field that never changes beside the one that does. */
const field = (type: unknown, rest: object = {}) =>
  record([{ name: "id", type: "int" }, { name: "f", type, ...rest }]);
const bare = record([{ name: "id", type: "int" }]);
const enumOf = (symbols: string[], standard?: string) => ({
  type: "enum",
  name: "E",
  symbols,
  default: standard,
});
const logical = (type: unknown, logicalType: string, rest: object = {}) => ({ type, logicalType, ...rest });
const decimal = (precision: number, scale: number) => logical("bytes", "decimal", { precision, scale });
const fixed = (size: number) => ({ type: "fixed", name: "F", size });
const line = (...fields: unknown[]) => ({ type: "record", name: "Line", fields });

const both = { backward: true, forward: true };
const newOnly = { backward: true, forward: false };
const oldOnly = { backward: false, forward: true };
const neither = { backward: false, forward: false };
const change = (
  name: string,
  schemas: readonly [older: unknown, newer: unknown],
  readable: { readonly backward: boolean; readonly forward: boolean },
  grades: readonly [string, string],
  rest: Partial<EvolutionCase> = {},
): EvolutionCase => ({ name, older: schemas[0], newer: schemas[1], ...readable, grades, ...rest });

/** Each on its own. */
export const EVOLUTION_CASES: readonly EvolutionCase[] = [
  change("field added without default", [bare, field("int")], oldOnly, ["unreadable", "note"]),
  change("field added with default", [bare, field("int", { default: 7 })], both, ["fine", "note"]),
  change("optional field added", [bare, field(["null", "int"], { default: null })], both, ["fine", "note"]),
  change("optional field added without default", [bare, field(["null", "int"])], oldOnly, [
    "unreadable",
    "note",
  ]),
  change("field removed that had no default", [field("int"), bare], newOnly, ["note", "unreadable"]),
  change("field removed that had a default", [field("int", { default: 7 }), bare], both, ["note", "warn"]),
  change(
    "field renamed",
    [field("int"), record([{ name: "id", type: "int" }, { name: "g", type: "int" }])],
    neither,
    [
      "unreadable",
      "unreadable",
    ],
  ),
  change(
    "field renamed with alias",
    [field("int"), record([{ name: "id", type: "int" }, { name: "g", type: "int", aliases: ["f"] }])],
    newOnly,
    ["fine", "unreadable"],
  ),
  change(
    "field renamed with alias, both with default",
    [
      field("int", { default: 1 }),
      record([{ name: "id", type: "int" }, { name: "g", type: "int", aliases: ["f"], default: 1 }]),
    ],
    both,
    ["fine", "misread"],
    { refused: /will see 1 instead of the value/ },
  ),
  change("record renamed", [bare, { ...bare, name: "S" }], neither, ["unreadable", "unreadable"]),
  change("record renamed with alias", [bare, { ...bare, name: "S", aliases: ["R"] }], newOnly, [
    "fine",
    "unreadable",
  ]),
  change("namespace changed", [bare, { ...bare, namespace: "m" }], both, ["unreadable", "unreadable"], {
    decodes: neither,
    refused: /no alias found|namespaces/,
  }),
  change(
    "fields reordered",
    [field("int"), record([{ name: "f", type: "int" }, { name: "id", type: "int" }])],
    both,
    ["fine", "fine"],
  ),
  change("int to long", [field("int"), field("long")], newOnly, ["fine", "unreadable"]),
  change("int to float", [field("int"), field("float")], newOnly, ["warn", "unreadable"]),
  change("int to double", [field("int"), field("double")], newOnly, ["fine", "unreadable"]),
  change("long to float", [field("long"), field("float")], newOnly, ["warn", "unreadable"]),
  change("long to double", [field("long"), field("double")], newOnly, ["warn", "unreadable"]),
  change("float to double", [field("float"), field("double")], newOnly, ["fine", "unreadable"]),
  change("long to int", [field("long"), field("int")], oldOnly, ["unreadable", "fine"]),
  change("double to float", [field("double"), field("float")], oldOnly, ["unreadable", "fine"]),
  change("string to bytes", [field("string"), field("bytes")], both, ["warn", "warn"]),
  change("bytes to string", [field("bytes"), field("string")], both, ["warn", "warn"]),
  change("int to string", [field("int"), field("string")], neither, ["unreadable", "unreadable"]),
  change(
    "symbol added, no enum default",
    [field(enumOf(["a", "b"])), field(enumOf(["a", "b", "c"]))],
    newOnly,
    [
      "fine",
      "unreadable",
    ],
  ),
  change(
    "symbol added, default on the field only",
    [field(enumOf(["a", "b"]), { default: "a" }), field(enumOf(["a", "b", "c"]), { default: "a" })],
    newOnly,
    ["fine", "unreadable"],
  ),
  change(
    "symbol added, enum default in both",
    [field(enumOf(["a", "b"], "a")), field(enumOf(["a", "b", "c"], "a"))],
    both,
    ["fine", "warn"],
  ),
  change(
    "symbol added, enum default in the new only",
    [field(enumOf(["a", "b"])), field(enumOf(["a", "b", "c"], "a"))],
    newOnly,
    ["fine", "unreadable"],
  ),
  change("symbol removed, no enum default", [field(enumOf(["a", "b"])), field(enumOf(["a"]))], oldOnly, [
    "unreadable",
    "fine",
  ]),
  change(
    "symbol removed, enum default in both",
    [field(enumOf(["a", "b"], "a")), field(enumOf(["a"], "a"))],
    both,
    ["warn", "fine"],
  ),
  change("symbols reordered", [field(enumOf(["a", "b"])), field(enumOf(["b", "a"]))], both, ["note", "note"]),
  change("enum to string", [field(enumOf(["a"])), field("string")], neither, ["unreadable", "unreadable"]),
  change("string to enum", [field("string"), field(enumOf(["a"]))], neither, ["unreadable", "unreadable"]),
  change("type made optional", [field("int"), field(["null", "int"])], newOnly, ["fine", "unreadable"]),
  change("optional made required", [field(["null", "int"]), field("int")], oldOnly, ["unreadable", "fine"]),
  change(
    "optional made required with default",
    [field(["null", "int"]), field("int", { default: 0 })],
    oldOnly,
    ["unreadable", "fine"],
  ),
  change("union widened", [field(["null", "int"]), field(["null", "int", "string"])], newOnly, [
    "fine",
    "unreadable",
  ]),
  change("union's int to long", [field(["null", "int"]), field(["null", "long"])], newOnly, [
    "fine",
    "unreadable",
  ]),
  change(
    "union's branches reordered, with the default",
    [field(["null", "int"], { default: null }), field(["int", "null"], { default: 0 })],
    both,
    ["misread", "fine"],
    { refused: /omitted value for 0, where those on the older version take it for null/ },
  ),
  change("default changed", [field("int", { default: 1 }), field("int", { default: 2 })], both, [
    "misread",
    "fine",
  ], {
    refused: /the same bytes mean two things/,
  }),
  change("documentation changed", [bare, { ...bare, doc: "Other words." }], both, ["fine", "fine"]),
  change("string to uuid", [field("string"), field(logical("string", "uuid"))], both, ["note", "fine"]),
  change("long to timestamp-millis", [field("long"), field(logical("long", "timestamp-millis"))], both, [
    "warn",
    "fine",
  ]),
  change(
    "timestamp-millis to micros",
    [field(logical("long", "timestamp-millis")), field(logical("long", "timestamp-micros"))],
    both,
    ["misread", "misread"],
    { decodes: neither, refused: /read times 1,000 times off/ },
  ),
  change("text to timestamp-millis", [field("string"), field(logical("long", "timestamp-millis"))], neither, [
    "unreadable",
    "unreadable",
  ]),
  change(
    "date to timestamp-millis",
    [field(logical("int", "date")), field(logical("long", "timestamp-millis"))],
    newOnly,
    ["misread", "unreadable"],
    { decodes: neither, refused: /read times 86,400,000 times off/ },
  ),
  change("decimal's scale 2 to 4", [field(decimal(10, 2)), field(decimal(10, 4))], both, [
    "misread",
    "misread",
  ], {
    decodes: neither,
    refused: /read numbers 100 times off/,
  }),
  change("decimal's precision 10 to 18", [field(decimal(10, 2)), field(decimal(18, 2))], both, [
    "fine",
    "warn",
  ]),
  change("double to decimal", [field("double"), field(decimal(10, 2))], neither, [
    "unreadable",
    "unreadable",
  ]),
  change("fixed size changed", [field(fixed(4)), field(fixed(8))], neither, ["unreadable", "unreadable"]),
  change(
    "items int to long",
    [field({ type: "array", items: "int" }), field({ type: "array", items: "long" })],
    newOnly,
    ["fine", "unreadable"],
  ),
  change(
    "field added to a nested record, no default",
    [
      field({ type: "array", items: line({ name: "a", type: "int" }) }),
      field({ type: "array", items: line({ name: "a", type: "int" }, { name: "b", type: "int" }) }),
    ],
    oldOnly,
    ["unreadable", "note"],
  ),
];

/** Three versions: what a level that looks at the newest only lets through, and one that looks at all of them stops. */
export const EVOLUTION_CHAINS: readonly {
  readonly name: string;
  readonly versions: readonly [unknown, unknown, unknown];
  /** The levels that accept the third version. */
  readonly accepted: readonly string[];
}[] = [
  {
    name: "a default that helped the second version is gone in the third",
    versions: [bare, field("int", { default: 7 }), field("int")],
    accepted: ["NONE", "BACKWARD", "FORWARD", "FORWARD_TRANSITIVE", "FULL"],
  },
  {
    name: "a field that the first version needs is removed in the third",
    versions: [field("int"), field("int", { default: 7 }), bare],
    accepted: ["NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FULL"],
  },
];
