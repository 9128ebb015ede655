import type { Ledgers } from "./ledger.ts";
import { effectViolations } from "./effect_invariants.ts";
import { historyOf } from "./ledger_history.ts";
import { type Invariant, sendViolations, type Violation } from "./send_invariants.ts";

/** What came out of a run. Inconclusive never counts as a pass: what was to be shown was not put to the test. */
export type Verdict =
  | { readonly result: "pass" }
  | { readonly result: "fail"; readonly violations: readonly Violation[]; readonly report: string }
  | { readonly result: "inconclusive"; readonly report: string };

/** Judges a run by everything that its ledgers hold. */
export function checkInvariants(ledgers: Ledgers): Verdict {
  const reasons = whyInconclusive(ledgers);
  if (ledgers.log !== undefined) {
    const violations = [...sendViolations(ledgers), ...effectViolations(ledgers)];
    if (violations.length > 0) return { result: "fail", violations, report: report(violations, ledgers) };
  }
  return reasons.length > 0 ? { result: "inconclusive", report: reasons.join("\n") } : { result: "pass" };
}

/** Throws unless the run passed. `context` is printed with it: the seed above all. */
export function assertInvariants(ledgers: Ledgers, context: string): void {
  const verdict = checkInvariants(ledgers);
  if (verdict.result !== "pass") throw new Error(`${verdict.result} (${context})\n${verdict.report}`);
}

function whyInconclusive({ faults, trouble = [], log, sends, effects }: Ledgers): string[] {
  const unseen = faults.filter(({ planned, seen }) => seen < planned).map(({ name, planned, seen }) =>
    `the fault "${name}" was planned ${planned} times and seen ${seen} times`
  );
  if (log === undefined) unseen.push("the log was not read");
  if (sends?.length === 0) unseen.push("nothing was sent");
  if (effects !== undefined && log?.length === 0) unseen.push("there was nothing to consume");
  return [...unseen, ...trouble];
}

/** Each broken invariant once, with its count, and the history of its first breach. */
function report(violations: readonly Violation[], ledgers: Ledgers): string {
  const blocks = [...Map.groupBy(violations, ({ invariant }): Invariant => invariant)].map(
    ([invariant, all]) => {
      const { what, about } = all[0]!;
      const history = historyOf(ledgers, about).map((line) => `    ${line}`);
      return [`${invariant}: ${all.length} ×, first: ${what}`, ...history].join("\n");
    },
  );
  return blocks.join("\n");
}
