import type { Parsed, Problem } from "./problem.ts";
import type { RecordRules } from "./record_rules.ts";

/** What {@linkcode avroEvent} puts together. */
export interface AvroEventOptions<T> {
  /** What several of them are called, in lines for people: `orders`. */
  readonly plural: string;
  /** The text of the record schema that values are written with and read as. */
  readonly schemaText: string;
  /** The rules that the schema itself states, compiled. */
  readonly rules: RecordRules<T>;
  /** What is wrong between fields, given a value that keeps the rules of each. */
  readonly across?: (value: T) => Problem[];
  /** The text of the record key. Events of one key stay in order. */
  readonly keyOf: (value: T) => string;
}

/** One kind of event: its schema, everything that is true of each value, and the key that keeps its order. */
export interface AvroEvent<T> extends Pick<AvroEventOptions<T>, "plural" | "schemaText" | "keyOf"> {
  /** Reads a value as people write it: the value, or everything that is wrong with it. Never throws. */
  readonly parse: (input: unknown) => Parsed<T>;
  /** Everything that is wrong with a decoded value; empty when nothing is. Never throws. */
  readonly check: (value: unknown) => Problem[];
  /** A decoded value as people see it: times as ISO 8601 text in UTC. Only for values that pass `check`. */
  readonly toJson: (value: T) => Record<string, unknown>;
}

/** Puts an event together, for producers and consumers alike. */
export function avroEvent<T>(options: AvroEventOptions<T>): AvroEvent<T> {
  const { plural, schemaText, keyOf, rules, across = () => [] } = options;
  return {
    plural,
    schemaText,
    keyOf,
    parse(input) {
      const parsed = rules.parse(input);
      if (!parsed.ok) return parsed;
      const problems = across(parsed.value);
      return problems.length === 0 ? parsed : { ok: false, problems };
    },
    check(value) {
      const problems = rules.check(value);
      return problems.length === 0 ? across(value as T) : problems;
    },
    toJson: (value) => rules.toJson(value),
  };
}
