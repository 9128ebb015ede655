import { shown } from "../core/shown.ts";
import type { Problem, ProblemCode } from "./problem.ts";

/** What a type's rules do. Both append to `problems` and carry on, so that all of them are found at once. */
export interface Rules {
  /** Reads what people write. What it returns counts only when no problem was added. */
  parse(input: unknown, path: string, problems: Problem[]): unknown;
  /** Holds a decoded value against the same rules. */
  check(value: unknown, path: string, problems: Problem[]): void;
  /** A decoded value as people see it. */
  toJson(value: unknown): unknown;
}

/** Adds a problem: `must be <rule>, but is <value>; <what to do>`. */
export function refuse(
  problems: Problem[],
  problem: { path: string; code: ProblemCode; rule: string; value: unknown; hint?: string },
): void {
  const hint = problem.hint === undefined ? "" : `; ${problem.hint}`;
  const message = `must be ${problem.rule}, but is ${shownSafely(problem.value)}${hint}`;
  problems.push({ path: problem.path, code: problem.code, message });
}

/** `shown()` for values that may be anything at all: NaN by its name, an object whose text throws included. */
export function shownSafely(value: unknown): string {
  try {
    return typeof value === "number" ? String(value) : shown(value);
  } catch {
    return "a value that cannot be shown";
  }
}

/** Rules of a type that people write as it is stored. */
export function checkedOnly(check: Rules["check"]): Rules {
  return {
    parse(input, path, problems) {
      check(input, path, problems);
      return input;
    },
    check,
    toJson: (value) => value,
  };
}
