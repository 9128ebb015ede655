import { type AvroType, type FieldSchema, nullableOf, type RecordSchema, simpleName } from "./avro_schema.ts";
import { constraintsOf } from "./constraints.ts";
import { defaultValue } from "./default_value.ts";
import { nearestName } from "./nearest_name.ts";
import { describeProblems, type Parsed, type Problem } from "./problem.ts";
import {
  arrayRules,
  type Fields,
  isFields,
  join,
  mapRules,
  nullableRules,
  unionRules,
} from "./part_rules.ts";
import { readRecordSchema } from "./read_schema.ts";
import type { Rules } from "./rules.ts";
import { scalarRules } from "./scalar_rules.ts";
import { valueKindOf } from "./value_kind.ts";

/** So many unknown fields are named one by one; the others are counted. */
const MAX_UNKNOWN = 20;

type RulesOf = (type: AvroType, at: string) => Rules;

/** A record schema's types and constraints as functions. None of them throws, whatever it is given. */
export interface RecordRules<T> {
  /**
   * Reads what people write: unknown fields are refused, missing ones filled from their defaults, times are
   * ISO 8601 text. Either the value or all of its problems.
   */
  parse(input: unknown): Parsed<T>;
  /** Everything that is wrong with a decoded value; empty when nothing is. */
  check(value: unknown): Problem[];
  /** A decoded value as people see it: times as ISO 8601 text in UTC. Only for values that pass `check`. */
  toJson(value: T): Record<string, unknown>;
  /** The fields that have a default, each as it is decoded where it was not written; made anew for each call. */
  defaults(): Partial<T>;
}

/** Compiles the text of a record schema. Throws an `Error` naming the construct that is not supported. */
export function compileRecordRules<T>(schemaText: string): RecordRules<T> {
  const schema = readRecordSchema(schemaText);
  const rules = compileTypes()(schema, "the schema");
  return {
    parse(input) {
      const problems: Problem[] = [];
      const value = guarded(problems, () => rules.parse(input, "", problems));
      return problems.length === 0 ? { ok: true, value: value as T } : { ok: false, problems };
    },
    check(value) {
      const problems: Problem[] = [];
      try {
        rules.check(value, "", problems);
      } catch {
        problems.push(UNREADABLE);
      }
      return problems;
    },
    toJson: (value) => rules.toJson(value) as Fields,
    defaults() {
      const entries = schema.fields.flatMap(({ name, type, default: given }) =>
        given === undefined ? [] : [[name, defaultValue(type, given.value)]]
      );
      return Object.fromEntries(entries) as Partial<T>;
    },
  };
}

/** Getters and proxies can throw, and nesting can be too deep for the stack: both are problems of the value. */
function guarded(problems: Problem[], run: () => unknown): unknown {
  try {
    return run();
  } catch {
    problems.push(UNREADABLE);
  }
}

const UNREADABLE: Problem = {
  path: "",
  code: "unreadable",
  message: "cannot be read: it is nested too deeply, or reading one of its fields throws",
};

/** One set of rules per record, so that a record may contain itself. */
function compileTypes(): RulesOf {
  const records = new Map<RecordSchema, Rules>();
  const rulesOf: RulesOf = (type, at) => {
    switch (type.kind) {
      case "union": {
        valueKindOf(type, at); // refuses branches that cannot be told apart
        const other = nullableOf(type);
        if (other !== undefined) return nullableRules(rulesOf(other, at));
        return unionRules(
          type.branches.map((part) => ({ kind: valueKindOf(part, at), rules: rulesOf(part, at) })),
        );
      }
      case "array":
        return arrayRules(rulesOf(type.items, `${at}[]`));
      case "map":
        return mapRules(rulesOf(type.values, `${at}{}`));
      case "record":
        return recordOnce(type);
      default:
        return scalarRules(type, {}, at)!; // every other kind has no parts
    }
  };
  const recordOnce = (type: RecordSchema): Rules => {
    const known = records.get(type);
    if (known !== undefined) return known;
    const later: Rules = {
      parse: (...args) => rules.parse(...args),
      check: (...args) => rules.check(...args),
      toJson: (value) => rules.toJson(value),
    };
    records.set(type, later);
    const rules = recordRules(type, rulesOf);
    return rules;
  };
  return rulesOf;
}

interface FieldRules {
  readonly name: string;
  readonly rules: Rules;
  /** The default, made anew for each value; undefined when the field must be there. */
  readonly makeDefault: (() => unknown) | undefined;
}

function recordRules(record: RecordSchema, rulesOf: RulesOf): Rules {
  const fields = record.fields.map((field) => fieldRules(field, record, rulesOf));
  const names = fields.map(({ name }) => name);
  const checkFields = unrolled(fields);
  return {
    parse(input, path, problems) {
      if (!isFields(input, path, problems)) return undefined;
      const value: Fields = {};
      let present = 0;
      for (const { name, rules, makeDefault } of fields) {
        const part = own(input, name);
        if (part !== undefined) {
          present++;
          value[name] = rules.parse(part, join(path, name), problems);
        } else if (makeDefault !== undefined) {
          value[name] = makeDefault();
        } else {
          problems.push(missing(join(path, name)));
        }
      }
      if (countKeys(input) !== present) refuseUnknown(input, names, path, problems);
      return value;
    },
    check: (value, path, problems) => {
      if (isFields(value, path, problems)) checkFields(value, path, problems);
    },
    toJson(value) {
      const json: Fields = {};
      for (const { name, rules } of fields) json[name] = rules.toJson((value as Fields)[name]);
      return json;
    },
  };
}

function fieldRules(field: FieldSchema, record: RecordSchema, rulesOf: RulesOf): FieldRules {
  const { name, type } = field;
  const at = `${simpleName(record.name)}.${name}`;
  if (name === "__proto__") throw new Error(`${at}: this name cannot be used in JavaScript`);
  const constraints = constraintsOf(field, at);
  const other = nullableOf(type);
  const inner = other ?? type;
  const constrained = scalarRules(inner, constraints, at) ?? rulesOf(inner, at);
  const rules = other === undefined ? constrained : nullableRules(constrained);
  if (field.default === undefined) return { name, rules, makeDefault: undefined };
  const json = field.default.value;
  const value = defaultValue(type, json);
  const problems: Problem[] = [];
  rules.check(value, name, problems);
  if (problems.length > 0) {
    throw new Error(`${at}: the default breaks the rules: ${describeProblems(problems)}`);
  }
  const isShared = typeof value !== "object" || value === null;
  return { name, rules, makeDefault: isShared ? () => value : () => defaultValue(type, json) };
}

/**
 * The check of all fields, one after the other, as code: every event is checked, and a loop over fields by their names
 * takes three times as long. avsc makes its readers in the same way. Names of fields are names of the language too
 * (`read_schema.ts` takes no others), so nothing of a schema but those gets into the code.
 */
function unrolled(
  fields: readonly FieldRules[],
): (value: Fields, path: string, problems: Problem[]) => void {
  const lines = fields.map(({ name }, index) => {
    const own = name in Object.prototype
      ? `Object.hasOwn(value, "${name}") ? value.${name} : undefined`
      : `value.${name}`;
    return `part = ${own};
      if (part === undefined) problems.push(missing(join(path, "${name}")));
      else check${index}(part, path === "" ? "${name}" : join(path, "${name}"), problems);`;
  });
  const checks = fields.map((_, index) => `const check${index} = rules[${index}];`);
  const body = `${checks.join("\n")}
    return (value, path, problems) => {
      let part;
      ${lines.join("\n")}
    };`;
  return new Function("rules", "join", "missing", body)(
    fields.map(({ rules }) => rules.check),
    join,
    missing,
  );
}

/** `constructor` is no field of `{}`. */
function own(fields: Fields, name: string): unknown {
  const part = fields[name];
  return part !== undefined && name in Object.prototype && !Object.hasOwn(fields, name) ? undefined : part;
}

function countKeys(fields: Fields): number {
  let count = 0;
  for (const _ in fields) count++;
  return count;
}

function refuseUnknown(input: Fields, names: readonly string[], path: string, problems: Problem[]): void {
  const unknown = Object.keys(input).filter((key) => !names.includes(key));
  for (const key of unknown.slice(0, MAX_UNKNOWN)) {
    const meant = nearestName(key, names);
    const hint = meant === undefined ? `the fields are ${names.join(", ")}` : `was ${meant} meant?`;
    const message = `is not a field of this record; ${hint}`;
    problems.push({ path: join(path, key.slice(0, 64)), code: "unknown-field", message });
  }
  if (unknown.length > MAX_UNKNOWN) {
    const message = `has ${unknown.length - MAX_UNKNOWN} more fields that are not this record's`;
    problems.push({ path, code: "unknown-field", message });
  }
}

function missing(path: string): Problem {
  return { path, code: "missing", message: "is missing and has no default; add it" };
}
