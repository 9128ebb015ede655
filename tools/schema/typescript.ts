import {
  type AvroType,
  type EnumSchema,
  nullableOf,
  type RecordSchema,
  simpleName,
} from "@orderline/lib/avro/avro_schema";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import { compileRecordRules } from "@orderline/lib/avro/record_rules";
import { valueKindOf } from "@orderline/lib/avro/value_kind";
import { fieldFacts, type Side } from "./field_facts.ts";
import { namedTypes } from "./named_types.ts";
import { claimNames, constantName, rulesName, textName } from "./typescript_names.ts";

/**
 * The TypeScript of one schema, not yet formatted: the decoded type, what people write, the symbols of each enum, and
 * the rules.
 *
 * Throws an `Error` that names the construct that no file can be made for, and why.
 */
export function typescriptOf(schemaText: string, fileName: string): string {
  const root = readRecordSchema(schemaText);
  compileRecordRules(schemaText); // refuses what has no rules: constraints, defaults, logical types, unions
  // What is used stands before what uses it.
  const named = namedTypes(root).filter((type) => type.kind !== "fixed").reverse();
  claimNames(root, named);
  const types = named.map((type) => type.kind === "enum" ? enumCode(type) : recordCode(type));
  return [
    `// Generated from ${fileName} by \`deno task schema:generate\`. Do not edit.\n`,
    importCode(types.join(""), root, fileName),
    ...types,
    rulesCode(root),
  ].join("\n");
}

function importCode(types: string, root: RecordSchema, fileName: string): string {
  const text = textName(root);
  const lines = [
    ...(/\bBuffer\b/.test(types.replaceAll(/\/\*\*[^]*?\*\//g, ""))
      ? ['import type { Buffer } from "node:buffer";']
      : []),
    'import { compileRecordRules, type RecordRules } from "@orderline/lib/avro/record_rules";',
    `import ${text} from "../${fileName}" with { type: "text" };`,
    "",
    `export { ${text} };`,
    "",
  ];
  return lines.join("\n");
}

function rulesCode(root: RecordSchema): string {
  const name = simpleName(root.name);
  const doc = comment([
    `What the schema says of {@linkcode ${name}}, as functions: reads what people write, checks what is decoded.`,
  ]);
  const compiled = `compileRecordRules<${name}>(${textName(root)})`;
  return `${doc}\nexport const ${rulesName(root)}: RecordRules<${name}> = ${compiled};\n`;
}

function enumCode(type: EnumSchema): string {
  const name = simpleName(type.name);
  const constant = constantName(type);
  const list = type.symbols.map((symbol) => JSON.stringify(symbol));
  return [
    comment([`The symbols of {@linkcode ${name}}, in the schema's order.`]),
    `export const ${constant} = [${list.join(", ")}] as const;`,
    "",
    comment([type.doc ?? `The enum ${name}.`]),
    `export type ${name} = typeof ${constant}[number];`,
    "",
  ].join("\n");
}

function recordCode(record: RecordSchema): string {
  const name = simpleName(record.name);
  const { doc = `The record ${name}.` } = record;
  return [
    comment([doc, "", "As it is decoded: every field is there."]),
    interfaceCode(name, record, "decoded"),
    comment([doc, "", "As people write it: fields with a default may be left out."]),
    interfaceCode(`${name}Input`, record, "written"),
  ].join("\n");
}

function interfaceCode(name: string, { fields }: RecordSchema, side: Side): string {
  const members = fields.map((field) => {
    const facts = fieldFacts(field, side);
    const doc = [
      ...(field.doc === undefined ? [] : [field.doc]),
      ...(facts.length > 0 ? [`(${facts.join(", ")})`] : []),
    ];
    const optional = side === "written" && field.default !== undefined ? "?" : "";
    const lead = doc.length === 0 ? "" : `${comment(doc, "  ")}\n`;
    return `${lead}  ${field.name}${optional}: ${typeCode(field.type, side)};\n`;
  });
  return `export interface ${name} {\n${members.join("")}}\n`;
}

function typeCode(type: AvroType, side: Side): string {
  switch (type.kind) {
    case "union":
      return unionCode(type, side);
    case "array": {
      const items = typeCode(type.items, side);
      return type.items.kind === "union" ? `(${items})[]` : `${items}[]`;
    }
    case "map":
      return `Record<string, ${typeCode(type.values, side)}>`;
    case "enum":
      return simpleName(type.name);
    case "record":
      return side === "decoded" ? simpleName(type.name) : `${simpleName(type.name)}Input`;
  }
  const kind = valueKindOf(type, "");
  switch (kind) {
    case "null":
    case "boolean":
      return kind;
    case "string":
    case "uuid":
    case "decimal":
      return "string";
    case "bytes":
    case "fixed":
      return side === "decoded" ? "Buffer" : "string";
    case "date":
    case "timestamp-millis":
      return side === "decoded" ? "number" : "string";
    default:
      return "number";
  }
}

/** Null last, as one says it. */
function unionCode(type: AvroType & { kind: "union" }, side: Side): string {
  const others = type.branches.filter(({ kind }) => kind !== "null");
  const codes = [...others, ...type.branches.filter(({ kind }) => kind === "null")].map((part) =>
    typeCode(part, side)
  );
  return (nullableOf(type) === undefined ? [...new Set(codes)] : codes).join(" | ");
}

function comment(lines: readonly string[], indent = ""): string {
  const safe = lines.flatMap((line) => line.replaceAll("*/", "* /").split(/\r?\n/));
  if (safe.length === 1) return `${indent}/** ${safe[0]} */`;
  return [`${indent}/**`, ...safe.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join("\n");
}
