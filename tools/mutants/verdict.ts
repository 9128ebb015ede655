import type { TestEnd } from "./junit.ts";
import type { NamedTest } from "./mutant.ts";

/** How a run of `deno test` ended. */
export type RunEnd =
  | {
    readonly kind: "ended";
    readonly tests: ReadonlyMap<string, TestEnd>;
    /** Not when something failed outside of any test: then the report calls a test that was cut off passed. */
    readonly success: boolean;
  }
  | { readonly kind: "not-compiled"; readonly text: string }
  | { readonly kind: "not-ended"; readonly text: string };

/** What became of one planted bug. All but `found` are red. */
export type Finding =
  | "found"
  | "not-found"
  | "does-not-apply"
  | "does-not-compile"
  | "no-such-test"
  | "fails-without-it"
  | "fails-otherwise"
  | "does-not-end"
  | "no-stack";

/** A finding, and in a line what it is drawn from. */
export interface Verdict {
  readonly finding: Finding;
  readonly why: string;
}

const ASSERTION = /\bAssertionError\b/;

/** Whether a test can find anything: it is there, runs and passes without the bug. Undefined: it can. */
export function judgeUnchanged(run: RunEnd, named: NamedTest): Verdict | undefined {
  if (run.kind !== "ended") return { finding: "fails-without-it", why: firstLines(run.text) };
  const end = run.tests.get(named.test);
  switch (end?.kind) {
    case "passed":
      return undefined;
    case "failed":
      return { finding: "fails-without-it", why: firstLines(end.text) };
    case "left-out":
      return { finding: "no-such-test", why: "it was left out of the run" };
    case undefined:
      return { finding: "no-such-test", why: `${named.file} has no test of this name` };
  }
}

/** What a run with the bug in the code says of it. */
export function judgePlanted(run: RunEnd, named: NamedTest): Verdict {
  if (run.kind === "not-compiled") return { finding: "does-not-compile", why: firstLines(run.text) };
  if (run.kind === "not-ended") return { finding: "does-not-end", why: run.text };
  const end = run.tests.get(named.test);
  if (end?.kind === "passed" && run.success) {
    return { finding: "not-found", why: "the test passes with the bug in the code" };
  }
  if (end?.kind !== "failed") return { finding: "fails-otherwise", why: "the test did not come to its end" };
  const finding = (named.says ?? ASSERTION).test(end.text) ? "found" : "fails-otherwise";
  return { finding, why: firstLines(end.text) };
}

const MAX_WHY = 160;

function firstLines(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length > MAX_WHY ? `${line.slice(0, MAX_WHY - 1)}…` : line;
}
