import assert from "node:assert/strict";
import { callSite, callSiteIn, type Frame } from "./call_site.ts";

function frames(...places: [file: string | null, line: number][]): Frame[] {
  return places.map(([file, line]) => ({ getFileName: () => file, getLineNumber: () => line }));
}

Deno.test("the first frame outside the logging is the place", () => {
  const here = import.meta.dirname;
  const stack = frames(
    [`${here}/log.ts`, 60],
    [`${here}/std_log.ts`, 140],
    ["/cache/npm/registry.npmjs.org/@logtape/logtape/2.4.2/dist/logger.js", 9],
    ["https://jsr.io/@std/log/0.224.0/logger.ts", 5],
    [null, 0],
    ["ext:core/01_core.js", 1],
    ["/app/lib/producer/partition_queue.ts", 123],
    ["/app/producer/main.ts", 5],
  );
  assert.equal(callSiteIn(stack), "partition_queue.ts:123");
});

Deno.test("a stack that says nothing is a dash", () => {
  assert.equal(callSiteIn([]), "-");
  assert.equal(callSiteIn(frames([null, 0], ["ext:core/01_core.js", 1])), "-");
});

Deno.test("the place is found, and how stacks are made is left as it was", () => {
  const before = Error.stackTraceLimit;
  assert.match(callSite(), /^call_site_test\.ts:30$/);
  assert.equal(Error.stackTraceLimit, before);
  assert.equal(typeof new Error().stack, "string");
});
