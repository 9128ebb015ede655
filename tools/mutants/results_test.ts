import assert from "node:assert/strict";
import type { Mutant } from "./mutant.ts";
import { type Result, summaryOf, withCampaign } from "./results.ts";

const EMPTY = "# G\n\n<!-- mutants: written by `deno task test:mutants` -->\n<!-- /mutants -->\n\nrest\n";
const MUTANT: Mutant = {
  name: "no_wait",
  bug: "Nothing is waited for.",
  file: "x.ts",
  find: "wait()",
  replace: "",
  foundBy: { file: "x_test.ts", test: "it waits" },
};
const FOUND: Result = { mutant: MUTANT, finding: "found", why: "AssertionError", seconds: 2 };
const MISSED: Result = {
  mutant: { ...MUTANT, name: "late", needs: "stack" },
  finding: "not-found",
  why: "it | passes",
  seconds: 3,
};
const campaign = (...results: Result[]) => ({
  results,
  date: "2026-11-27",
  commit: "abc1234+",
  seconds: 61.4,
});

Deno.test("a campaign is written between the marks, a bug that nobody found in bold, and takes the place of the last", () => {
  const page = withCampaign(withCampaign(EMPTY, campaign(FOUND, FOUND)), campaign(FOUND, MISSED));
  assert.equal(
    page,
    `# G

<!-- mutants: written by \`deno task test:mutants\` -->

1 of 2 planted bugs found: 2026-11-27, commit abc1234+, 61 s.

| planted | what is wrong then | found by |
| --- | --- | --- |
| \`no_wait\` | Nothing is waited for. | it waits |
| \`late\` | Nothing is waited for. | **not found**: it \\| passes |

<!-- /mutants -->

rest
`,
  );
});

Deno.test("what ran on a real stack says so", () => {
  const page = withCampaign(EMPTY, campaign({ ...MISSED, finding: "found" }));
  assert.match(page, /\| it waits \(on a real stack\) \|/);
  assert.equal(summaryOf([FOUND, MISSED]), "1 of 2 planted bugs found");
});
