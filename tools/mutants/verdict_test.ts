import assert from "node:assert/strict";
import type { TestEnd } from "./junit.ts";
import { judgePlanted, judgeUnchanged, type RunEnd } from "./verdict.ts";

const NAMED = { file: "x_test.ts", test: "it works" };
const ended = (end?: TestEnd, success = end?.kind === "passed"): RunEnd => ({
  kind: "ended",
  success,
  tests: new Map(end === undefined ? [] : [[NAMED.test, end]]),
});
const failed = (text: string) => ended({ kind: "failed", text });

Deno.test("a bug is found when its test fails by an assertion, and by nothing else", () => {
  const finding = (run: RunEnd, says?: RegExp) =>
    judgePlanted(run, { ...NAMED, ...(says && { says }) }).finding;
  assert.equal(finding(failed("AssertionError: 1 !== 2")), "found");
  assert.equal(finding(failed("Error: Property failed\nCaused by: AssertionError: 1 !== 2")), "found");
  assert.equal(finding(failed("TypeError: undefined is not a function")), "fails-otherwise");
  assert.equal(finding(ended()), "fails-otherwise");
  assert.equal(finding(ended({ kind: "passed" })), "not-found");
  assert.equal(finding(ended({ kind: "passed" }, false)), "fails-otherwise");
  assert.equal(finding({ kind: "not-compiled", text: "TS2322" }), "does-not-compile");
  assert.equal(finding({ kind: "not-ended", text: "" }), "does-not-end");
});

Deno.test("where a test says what its failure says, nothing else is a finding", () => {
  const finding = (text: string) =>
    judgePlanted(failed(text), { ...NAMED, says: /^Error: seed \d+/ }).finding;
  assert.equal(finding("Error: seed 7: lost"), "found");
  assert.equal(finding("AssertionError: 1 !== 2"), "fails-otherwise");
});

Deno.test("a test finds nothing that is not there, is left out, or fails anyway", () => {
  const finding = (run: RunEnd) => judgeUnchanged(run, NAMED)?.finding;
  assert.equal(finding(ended({ kind: "passed" })), undefined);
  assert.equal(finding(ended()), "no-such-test");
  assert.equal(finding(ended({ kind: "left-out" })), "no-such-test");
  assert.equal(finding(failed("AssertionError")), "fails-without-it");
  assert.equal(finding({ kind: "not-compiled", text: "TS2322" }), "fails-without-it");
});

Deno.test("a reason is one line, however long the failure", () => {
  const { why } = judgePlanted(failed(`AssertionError:\n${"x\n".repeat(1_000)}`), NAMED);
  assert.ok(why.startsWith("AssertionError: x x") && why.endsWith("…") && why.length === 160);
});
