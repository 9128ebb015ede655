/** The table in docs/guarantees.md that says which bugs were planted and which test found each. */
import { type Marks, withMarkedPart } from "../docs/guarantees_page.ts";
import type { Mutant } from "./mutant.ts";
import type { Verdict } from "./verdict.ts";

/** A planted bug and what became of it. */
export interface Result extends Verdict {
  readonly mutant: Mutant;
  readonly seconds: number;
}

/** One run of all. */
export interface Campaign {
  readonly results: readonly Result[];
  /** `2026-11-24`. */
  readonly date: string;
  readonly commit: string;
  readonly seconds: number;
}

const MARKS: Marks = {
  begin: "<!-- mutants: written by `deno task test:mutants` -->",
  end: "<!-- /mutants -->",
};

/** `41 of 42 planted bugs found`. */
export function summaryOf(results: readonly Result[]): string {
  const found = results.filter(({ finding }) => finding === "found").length;
  return `${found} of ${results.length} planted bugs found`;
}

/** The page with this campaign in the place of the last one. */
export function withCampaign(page: string, { results, date, commit, seconds }: Campaign): string {
  const rows = results.map(({ mutant, finding, why }) => {
    const { name, bug, foundBy, needs } = mutant;
    const test = `${foundBy.test}${needs === "stack" ? " (on a real stack)" : ""}`;
    const outcome = finding === "found" ? test : `**${finding.replaceAll("-", " ")}**: ${why}`;
    return `| \`${name}\` | ${cell(bug)} | ${cell(outcome)} |`;
  });
  return withMarkedPart(
    page,
    MARKS,
    [
      `${summaryOf(results)}: ${date}, commit ${commit}, ${seconds.toFixed(0)} s.`,
      "",
      "| planted | what is wrong then | found by |",
      "| --- | --- | --- |",
      ...rows,
    ].join("\n"),
  );
}

function cell(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
}
