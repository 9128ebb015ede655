/**
 * Writes `schemas/generated/<name>.ts` from every `schemas/<name>.avsc`: the decoded type, what people write,
 * and the symbols of each enum. With `--check` it writes nothing and fails when a file is stale.
 */
import {
  type AvroType,
  type EnumSchema,
  type FieldSchema,
  readRecordSchema,
  type RecordSchema,
} from "@orderline/lib/avro/avro_schema";

const LINE_WIDTH = 110;
const SCHEMAS = new URL("../../schemas/", import.meta.url);

type Side = "decoded" | "input";

/** The TypeScript file of one schema. */
export function generate(schemaText: string, fileName: string): string {
  const named = [...namedTypes(readRecordSchema(schemaText))];
  return [
    `// Generated from ${fileName} by \`deno task schema:generate\`. Do not edit.\n`,
    ...named.map((type) => type.kind === "enum" ? enumCode(type) : recordCode(type)),
  ].join("\n");
}

/** Every record and enum once, the ones that are used before those that use them. */
function namedTypes(type: AvroType, seen: Set<EnumSchema | RecordSchema> = new Set()) {
  const open = new Set<AvroType>();
  const visit = (part: AvroType): void => {
    if (part.kind === "nullable") return visit(part.of);
    if (part.kind === "array") return visit(part.items);
    if (part.kind === "map") return visit(part.values);
    if ((part.kind !== "enum" && part.kind !== "record") || open.has(part)) return;
    open.add(part);
    if (part.kind === "record") { for (const field of part.fields) visit(field.type); }
    seen.add(part);
  };
  visit(type);
  return seen;
}

function enumCode({ name, doc, symbols }: EnumSchema): string {
  const constant = `${constantCase(name)}`;
  const list = symbols.map((symbol) => JSON.stringify(symbol));
  const line = `export const ${constant} = [${list.join(", ")}] as const;`;
  const lines = `export const ${constant} = [\n${list.map((symbol) => `  ${symbol},\n`).join("")}] as const;`;
  return [
    comment([`The symbols of {@linkcode ${name}}, in the schema's order.`]),
    line.length <= LINE_WIDTH ? line : lines,
    "",
    comment([doc ?? `The enum ${name}.`]),
    `export type ${name} = typeof ${constant}[number];`,
    "",
  ].join("\n");
}

function recordCode(record: RecordSchema): string {
  const { name, doc = `The record ${record.name}.` } = record;
  return [
    comment([doc, "", "As it is decoded: every field is there."]),
    interfaceCode(name, record, "decoded"),
    comment([doc, "", "As people write it: fields with a default may be left out."]),
    interfaceCode(`${name}Input`, record, "input"),
  ].join("\n");
}

function interfaceCode(name: string, { fields }: RecordSchema, side: Side): string {
  const members = fields.map((field) => {
    const optional = side === "input" && field.default !== undefined ? "?" : "";
    return `${comment(fieldDoc(field, side), "  ")}\n  ${field.name}${optional}: ${
      typeCode(field.type, side)
    };\n`;
  });
  return `export interface ${name} {\n${members.join("")}}\n`;
}

function fieldDoc(field: FieldSchema, side: Side): string[] {
  const facts = [
    ...Object.entries(field.constraints).map(([name, value]) => `${name} ${value}`),
    ...timeFacts(field.type, side),
    ...(field.default === undefined ? [] : [`default ${JSON.stringify(field.default.value)}`]),
  ];
  const doc = field.doc === undefined ? [] : [field.doc];
  return facts.length === 0 ? doc : [...doc, `(${facts.join(", ")})`];
}

function timeFacts(type: AvroType, side: Side): string[] {
  const inner = type.kind === "nullable" ? type.of : type;
  if (inner.kind !== "timestamp-millis") return [];
  return [side === "decoded" ? "epoch milliseconds" : "ISO 8601 text with Z or an offset"];
}

function typeCode(type: AvroType, side: Side): string {
  switch (type.kind) {
    case "string":
    case "uuid":
      return "string";
    case "boolean":
      return "boolean";
    case "timestamp-millis":
      return side === "decoded" ? "number" : "string";
    case "nullable":
      return `${typeCode(type.of, side)} | null`;
    case "array":
      return type.items.kind === "nullable"
        ? `(${typeCode(type.items, side)})[]`
        : `${typeCode(type.items, side)}[]`;
    case "map":
      return `Record<string, ${typeCode(type.values, side)}>`;
    case "enum":
      return type.name;
    case "record":
      return side === "decoded" ? type.name : `${type.name}Input`;
    default:
      return "number";
  }
}

function comment(lines: readonly string[], indent = ""): string {
  const safe = lines.map((line) => line.replaceAll("*/", "* /"));
  if (safe.length === 1) return `${indent}/** ${safe[0]} */`;
  return [`${indent}/**`, ...safe.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join("\n");
}

/** `Priority` gives `PRIORITIES`, `OrderState` gives `ORDER_STATES`. */
function constantCase(name: string): string {
  const words = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
  if (/[^AEIOU]Y$/.test(words)) return `${words.slice(0, -1)}IES`;
  return /(?:S|X|CH|SH)$/.test(words) ? `${words}ES` : `${words}S`;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.some((argument) => argument !== "--check")) {
    console.error("usage: generate.ts [--check]");
    return 2;
  }
  const stale: string[] = [];
  for await (const { name, isFile } of Deno.readDir(SCHEMAS)) {
    if (!isFile || !name.endsWith(".avsc")) continue;
    const target = new URL(`generated/${name.slice(0, -".avsc".length)}.ts`, SCHEMAS);
    const code = generate(await Deno.readTextFile(new URL(name, SCHEMAS)), name);
    if (await Deno.readTextFile(target).catch(() => "") === code) continue;
    stale.push(name);
    if (!args.includes("--check")) await Deno.writeTextFile(target, code);
  }
  const isCheck = args.includes("--check");
  if (stale.length === 0) console.error("generated types are up to date");
  else if (!isCheck) console.error(`generated types from ${stale.join(", ")}`);
  else console.error(`stale: the types from ${stale.join(", ")}; run \`deno task schema:generate\``);
  return isCheck && stale.length > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
