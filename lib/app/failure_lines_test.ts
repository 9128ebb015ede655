import assert from "node:assert/strict";
import { Failure, unavailable } from "../core/failure.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { TestClock } from "../testing/test_clock.ts";
import { createFailureLines } from "./failure_lines.ts";

function start() {
  const clock = new TestClock();
  const warnings: string[] = [];
  const silent = () => {};
  const log = {
    debug: silent,
    info: silent,
    warn: (message: string) => void warnings.push(message),
    error: silent,
    critical: silent,
    enabled: () => true,
  };
  return { clock, warnings, lines: createFailureLines(log, clock) };
}

const record = (offset: number): ConsumerRecord => ({
  topic: "orders",
  partition: 1,
  offset,
  timestamp: 0,
  key: null,
  value: null,
  headers: [],
});

Deno.test("the first failed attempt is a warning, the others of its kind are counted for ten seconds", async () => {
  const { clock, warnings, lines } = start();
  const broken = new Failure("retriable", "unknown", "Error: broken");
  lines.failed(record(7), broken, 1);
  for (let attempt = 0; attempt < 1_500; attempt++) lines.failed(record(8), broken, 2);
  lines.failed(record(9), unavailable("the store is locked"), 1);
  assert.deepEqual(warnings.splice(0), [
    "Attempt 1 of orders[1]@7 failed: Error: broken",
    "Attempt 1 of orders[1]@9 failed: the store is locked",
  ]);
  await clock.advance(10_000);
  assert.deepEqual(warnings.splice(0), ["… and 1,500 more attempts failed as unknown"]);
  assert.equal(clock.pending, 0);
  lines.failed(record(10), broken, 3);
  assert.deepEqual(warnings, ["Attempt 3 of orders[1]@10 failed: Error: broken"]);
});

Deno.test("close says what is still only counted", () => {
  const { clock, warnings, lines } = start();
  for (let attempt = 0; attempt < 3; attempt++) lines.failed(record(7), unavailable("away"), 1);
  lines.close();
  assert.equal(warnings.at(-1), "… and 2 more attempts failed as unavailable");
  assert.equal(clock.pending, 0);
});

Deno.test("that records wait to be read is said once for an outage, and again for the next", async () => {
  const { clock, warnings, lines } = start();
  const away = unavailable("the registry is away");
  for (let second = 0; second < 300; second += 30) { // the longest wait between two tries
    lines.waiting(away);
    lines.waiting(away);
    await clock.advance(30_000);
  }
  assert.deepEqual(warnings, ["Waiting to read records: the registry is away"]);
  await clock.advance(30_000);
  lines.waiting(away);
  assert.equal(warnings.length, 2);
});
