import assert from "node:assert/strict";
import { type FaultRecord, withRecord } from "./fault_record.ts";

const EMPTY = "# G\n\n<!-- faults: written by `deno task test:faults` -->\n<!-- /faults -->\n\nrest\n";
const RUN: FaultRecord = {
  name: "leader_moved",
  passed: true,
  date: "2026-11-24",
  commit: "abc1234",
  seed: 7,
  seconds: 61.4,
  result: "200 moves",
};

function rowsOf(document: string): string[] {
  return document.split("\n").filter((line) => line.startsWith("| `"));
}

Deno.test("a run is written between the marks and nothing else is touched", () => {
  const document = withRecord(EMPTY, RUN);
  assert.deepEqual(rowsOf(document), ["| `leader_moved` | 2026-11-24 | abc1234 | 7 | 61 s | 200 moves |"]);
  assert.ok(document.startsWith("# G\n\n<!-- faults") && document.endsWith("<!-- /faults -->\n\nrest\n"));
});

Deno.test("a run takes the place of the last one of its name, also one that failed", () => {
  const other = { ...RUN, name: "away" };
  const failed = { ...RUN, passed: false, result: "order 3 was lost" };
  const rows = rowsOf([RUN, other, failed].reduce(withRecord, EMPTY));
  assert.equal(rows.length, 2);
  assert.match(rows[0]!, /^\| `away` /);
  assert.match(rows[1]!, /\*\*failed\*\*: order 3 was lost \|$/);
});

Deno.test("a result is one cell of one line, whatever it says", () => {
  const [row] = rowsOf(withRecord(EMPTY, { ...RUN, result: `a | b\nc ${"x".repeat(1_000)}` }));
  assert.match(row!, /\| a \\\| b c x+… \|$/);
  assert.ok(row!.length < 500);
});

Deno.test("a table that was aligned by the formatter is read again", () => {
  const aligned = withRecord(EMPTY, RUN).replace("| `leader_moved` |", "| `leader_moved`     |");
  assert.equal(rowsOf(withRecord(aligned, RUN)).length, 1);
});

Deno.test("a document without the marks is refused with what to put there", () => {
  assert.throws(() => withRecord("# G\n", RUN), /no place for results: put these two lines.*\n<!-- faults/);
});
