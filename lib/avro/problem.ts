/** One thing that is wrong with a value. */
export interface Problem {
  /** Where: `quantity`, `lines[2].price`; empty for the value as a whole. */
  readonly path: string;
  /** Which rule: what programs branch on. */
  readonly code: ProblemCode;
  /** The rule, the value shown and what to do, for people. */
  readonly message: string;
}

/** The kinds of rule a value can break. Applications' own rules use `rule`. */
export type ProblemCode =
  | "missing" // a field that has no default is not there
  | "unknown-field" // a field that the schema does not have
  | "type" // another type than the schema's
  | "range" // a number too small or too large
  | "decimals" // a number with too many decimals
  | "length" // a text too short or too long
  | "unicode" // a text that is not well-formed Unicode
  | "format" // a text that is not the uuid or the time it should be
  | "symbol" // not one of the enum's symbols
  | "unreadable" // an object that cannot be looked into, or is nested too deeply
  | "rule"; // a rule across fields

/** What came of reading a value: the value, or everything that is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** All problems in one line: `quantity: must be …; user: must be …`. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => path === "" ? message : `${path}: ${message}`).join("; ");
}
