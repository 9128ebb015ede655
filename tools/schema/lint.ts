import { type FieldSchema, type NamedSchema, nullableOf, simpleName } from "@orderline/lib/avro/avro_schema";
import { compileReader } from "@orderline/lib/avro/reader";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import { namedTypes } from "./named_types.ts";
import { typescriptOf } from "./typescript.ts";

/** Something about a schema that would be regretted later. */
export interface LintProblem {
  /** `Order.price`, `Priority`. */
  readonly at: string;
  readonly rule: LintRule;
  readonly message: string;
}

/** The rules, by what they ask for. */
export type LintRule =
  | "usable"
  | "documented"
  | "enum-default"
  | "null-first"
  | "names"
  | "aliases"
  | "namespace"
  | "money";

const SNAKE_CASE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const PASCAL_CASE = /^[A-Z][A-Za-z0-9]*$/;
const MONEY = /(^|_)(price|amount|total|cost|fee|tax|sum|balance)(_|$)/;

/** What is wrong with a schema by itself; what is wrong with changing it to this, `schema:check` says. */
export function lint(schemaText: string, fileName: string): LintProblem[] {
  const root = readRecordSchema(schemaText);
  return [...usability(schemaText, fileName), ...namedTypes(root).flatMap(lintNamed)];
}

function usability(schemaText: string, fileName: string): LintProblem[] {
  try {
    typescriptOf(schemaText, fileName);
    compileReader(schemaText);
    return [];
  } catch (error) {
    const [at = "", message = ""] = (error as Error).message.split(/: (.*)/s);
    return [message === "" ? { at: fileName, rule: "usable", message: at } : { at, rule: "usable", message }];
  }
}

function lintNamed(type: NamedSchema): LintProblem[] {
  const at = simpleName(type.name);
  const problems: LintProblem[] = [];
  const add = (rule: LintRule, message: string) => problems.push({ at, rule, message });
  if (type.doc === undefined) add("documented", 'has no "doc"; say in a sentence what it is');
  if (!PASCAL_CASE.test(at)) add("names", "is the name of a type and should be written like OrderLine");
  if (!type.name.includes(".")) {
    add(
      "namespace",
      'has no namespace; add one now, since adding it later makes it another type: "namespace": "shop.orders"',
    );
  }
  if (type.kind === "enum" && type.default === undefined) {
    add(
      "enum-default",
      `has no default, so no symbol can ever be added: old readers would stop. Add "default": "${
        type.symbols[0]
      }" now; ` +
        "a default on the field does not help",
    );
  }
  if (type.kind !== "record") return problems;
  const names = new Set(type.fields.map(({ name }) => name));
  return [...problems, ...type.fields.flatMap((field) => lintField(field, `${at}.${field.name}`, names))];
}

function lintField(field: FieldSchema, at: string, names: ReadonlySet<string>): LintProblem[] {
  const problems: LintProblem[] = [];
  const add = (rule: LintRule, message: string) => problems.push({ at, rule, message });
  if (field.doc === undefined) {
    add("documented", 'has no "doc"; say in a sentence what it means, with its unit');
  }
  if (!SNAKE_CASE.test(field.name)) {
    add("names", "is the name of a field and should be written like order_id");
  }
  const taken = field.aliases.find((alias) => names.has(alias));
  if (taken !== undefined) {
    add("aliases", `has the alias ${taken}, which is another field of this record; remove it`);
  }
  const { type } = field;
  if (type.kind === "union" && type.branches.findIndex(({ kind }) => kind === "null") > 0) {
    add(
      "null-first",
      'may be null, but null is not the first branch, so "default": null cannot be given; put it first',
    );
  } else if (type.kind === "union" && type.branches[0]?.kind === "null" && field.default === undefined) {
    add(
      "null-first",
      'may be null and must still be written; add "default": null, so that it may be left out',
    );
  }
  const inner = nullableOf(type) ?? type;
  const { maxDecimals } = (field.attributes["constraints"] ?? {}) as { maxDecimals?: number };
  if (
    (inner.kind === "double" || inner.kind === "float") && MONEY.test(field.name) && maxDecimals === undefined
  ) {
    add(
      "money",
      'looks like money and takes any fraction; add "constraints": {"maxDecimals": 2}, or use a decimal',
    );
  }
  return problems;
}
