import {
  type FieldSchema,
  type NamedSchema,
  type RecordSchema,
  simpleName,
} from "@orderline/lib/avro/avro_schema";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import { schemaChanges } from "@orderline/lib/avro/evolution/schema_changes";
import { changeLines } from "./change_text.ts";
import { fieldFacts } from "./field_facts.ts";
import { namedTypes } from "./named_types.ts";
import type { Subject } from "./schema_folder.ts";
import { typeWords } from "./type_words.ts";

/** The page of one subject, as Markdown that is not yet formatted: its fields, its enums, and how it came about. */
export function documentationOf(subject: Subject): string {
  const root = readRecordSchema(subject.head);
  const others = namedTypes(root).filter((type) => type !== root);
  return [
    `# ${simpleName(root.name)}`,
    `<!-- Made by \`deno task schema:generate\` from schemas/${subject.file}; change the schema. -->`,
    root.doc ?? "",
    `Subject \`${subject.subject}\`, values of the topic \`${subject.topic}\`, compatibility ` +
    `\`${subject.compatibility}\`, kept by: ${subject.owner}.`,
    "## Fields",
    fieldTable(root),
    ...others.flatMap((type) => [`## ${simpleName(type.name)}`, type.doc ?? "", partTable(type)]),
    "## History",
    ...history(subject),
  ].filter((part) => part !== "").join("\n\n");
}

function partTable(type: NamedSchema): string {
  if (type.kind === "record") return fieldTable(type);
  if (type.kind === "fixed") return `Always ${type.size} bytes.`;
  const standard = type.default === undefined
    ? "Readers cannot read a symbol that they do not know."
    : `Readers see a symbol that they do not know as \`${type.default}\`.`;
  return `One of ${type.symbols.map((symbol) => `\`${symbol}\``).join(", ")}. ${standard}`;
}

function fieldTable({ fields }: RecordSchema): string {
  const rows = fields.map((field) =>
    `| \`${field.name}\` | ${typeWords(field.type)} | ${rulesOf(field)} | ${cell(field.doc ?? "")} |`
  );
  return ["| field | type | rules | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function rulesOf(field: FieldSchema): string {
  const facts = fieldFacts(field, "written").map((fact) => cell(fact));
  return facts.length === 0
    ? "required"
    : [...(field.default === undefined ? ["required"] : []), ...facts].join(", ");
}

function history({ releases, head }: Subject): string[] {
  const versions = [
    ...releases.map(({ version, text, lock }) => ({
      title: `### Version ${version}${lock === undefined ? "" : `, ${lock.released}`}`,
      label: `version ${version}`,
      text,
    })),
    { title: "### Not released yet", label: "head", text: head },
  ];
  return versions.flatMap(({ title, text }, index) => {
    const before = versions[index - 1];
    if (before === undefined) {
      return [title, index === versions.length - 1 ? "Everything." : "The first version."];
    }
    const changes = schemaChanges(readRecordSchema(before.text), readRecordSchema(text));
    if (changes.length === 0) return index === versions.length - 1 ? [] : [title, "No change."];
    const lines = changes.map((one) => `- ${changeLines(one, before.label).join(" ")}`);
    return [title, lines.join("\n")];
  });
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
}
