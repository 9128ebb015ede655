import assert from "node:assert/strict";
import { createStyle } from "@orderline/lib/ops/terminal";
import { countBy } from "../demo/findings.ts";
import { EDITS } from "./edits.ts";
import { checks, type EvolutionFindings } from "./findings.ts";
import { report } from "./report.ts";

const SENTENCE = "new readers cannot read int as string; old readers cannot read string as int";
const EDIT = {
  what: "quantity: text",
  expected: "refuses",
  registry: "refuses",
  sentence: SENTENCE,
} as const;
const GOOD: EvolutionFindings = {
  name: "demo-evolution-20261123-212655",
  seconds: 61.4,
  ids: { v1: 1, v2: 3 },
  added: ["currency", "note"],
  sent: 240,
  records: new Map([["1", 160], ["3", 80]]),
  expectedRecords: new Map([["1", 160], ["3", 80]]),
  stored: { v1: 240, v2: 240, cold: 240 },
  losses: { v1: "dropped currency, note", v2: 'defaulted currency "EUR", note null' },
  edits: EDITS.map(({ what, registry }) => ({ what, expected: registry, registry, sentence: SENTENCE })),
  away: {
    ...{ warmOrders: 40, coldExitCode: 4, isColdExplained: true, isColdWaiting: true, coldStored: 0 },
    deadLetters: 0,
  },
  deadLetters: countBy(["schema-not-found", "schema-not-found", "schema-not-found"]),
  expectedDeadLetters: new Map([["schema-not-found", 3]]),
  next: [["docs/schemas/evolving.md", "by hand"], ["data/demo-evolution/20261123-212655", "this run"]],
};
const PLAIN = { style: createStyle(false), columns: 80, unicode: true };

Deno.test("the screen of a good run fits a terminal of 80 by 24", () => {
  const lines = report(GOOD, PLAIN).split("\n");
  assert.ok(lines.length <= 23, `${lines.length} lines`);
  assert.deepEqual(lines.filter((line) => [...line].length > 80), []);
  assert.match(lines.join("\n"), /the registry refuses 4 of them/);
  assert.match(lines.join("\n"), /^ {2}time in micros +✔ the registry accepts it! new readers/m);
  assert.doesNotMatch(lines.join("\n"), /✘/);
});

Deno.test("each thing that went wrong is found and named", () => {
  const { away, edits, stored } = GOOD;
  const broken: [Partial<EvolutionFindings>, string[]][] = [
    [{}, []],
    [{ stored: { ...stored, v1: 239 } }, ["v1"]],
    [{ losses: { ...GOOD.losses, v1: "" } }, ["v1"]],
    [{ stored: { ...stored, v2: 239 } }, ["v2"]],
    [{ losses: { ...GOOD.losses, v2: 'defaulted currency "USD", note null' } }, ["v2"]],
    [{ edits: edits.slice(1) }, ["edits"]],
    [{ edits: [...edits, { ...EDIT, sentence: undefined }] }, ["edits"]],
    [{ edits: [...edits, { ...EDIT, registry: "accepts" }] }, ["edits"]],
    [{ away: { ...away, warmOrders: 0 } }, ["warm"]],
    [{ away: { ...away, coldExitCode: 0 } }, ["cold"]],
    [{ away: { ...away, isColdExplained: false } }, ["cold"]],
    [{ away: { ...away, isColdWaiting: false } }, ["cold"]],
    [{ away: { ...away, coldStored: 1 } }, ["cold"]],
    [{ away: { ...away, deadLetters: 1 } }, ["cold"]],
    [{ stored: { ...stored, cold: 239 } }, ["back"]],
    [{ deadLetters: countBy(["schema-not-found"]) }, ["back"]],
    [{ deadLetters: countBy(["schema-not-found", "undecodable", "schema-not-found"]) }, ["back"]],
    [{ records: new Map([["1", 140], ["3", 100]]) }, ["rollback"]],
  ];
  for (const [change, names] of broken) {
    const found = { ...GOOD, ...change };
    const wrong = Object.entries(checks(found)).filter(([, { ok }]) => !ok).map(([name]) => name);
    assert.deepEqual(wrong, names, JSON.stringify(change));
    if (names.length > 0) assert.match(report(found, PLAIN), /1 of 7 things went wrong/);
  }
});
