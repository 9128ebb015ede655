import assert from "node:assert/strict";
import type { ConsumerRecord } from "../core/record.ts";
import { TestClock } from "../testing/test_clock.ts";
import { Attempts } from "./attempts.ts";

const { signal } = new AbortController();

function record(offset: number): ConsumerRecord {
  return { topic: "orders", partition: 0, offset, timestamp: 0, key: null, value: null, headers: [] };
}

Deno.test("the signal aborts when the time is over, not before, and also when it is asked for only then", async () => {
  const clock = new TestClock();
  const attempts = new Attempts(1_000, clock);
  const late: number[] = [];
  const first = attempts.begin(record(1), 1, { signal, onLate: () => late.push(1) });
  const asked = first.signal;
  await clock.advance(600);
  const second = attempts.begin(record(2), 1, { signal, onLate: () => late.push(2) });
  assert.equal(second.deadline, clock.now() + 1_000);
  await clock.advance(399);
  assert.equal(asked.aborted, false);
  await clock.advance(1);
  assert.equal(asked.aborted, true);
  assert.match(String(asked.reason), /had not settled after 1000 ms/);
  assert.deepEqual(late, [1]);
  await clock.advance(600);
  assert.equal(second.signal.aborted, true);
  assert.deepEqual(late, [1, 2]);
});

Deno.test("an attempt that has settled leaves no timer, and is not late", async () => {
  const clock = new TestClock();
  const attempts = new Attempts(1_000, clock);
  const made = [1, 2].map((offset) =>
    attempts.begin(record(offset), 1, { signal, onLate: () => assert.fail("late") })
  );
  for (const one of made) attempts.end(one);
  assert.equal(clock.pending, 0);
  await clock.advance(5_000);
  assert.equal(made[0]!.late, undefined);
});

Deno.test("the signal aborts with the partition's reason when that is lost", () => {
  const lost = new AbortController();
  const attempts = new Attempts(1_000, new TestClock());
  const before = attempts.begin(record(1), 1, { signal: lost.signal, onLate: () => {} });
  const asked = before.signal;
  lost.abort(new Error("given to another member"));
  assert.match(String(asked.reason), /given to another member/);
  const after = attempts.begin(record(2), 1, { signal: lost.signal, onLate: () => {} });
  assert.match(String(after.signal.reason), /given to another member/);
});

Deno.test("what has not settled in its time is stuck until it does, the oldest first", async () => {
  const clock = new TestClock();
  const attempts = new Attempts(1_000, clock);
  const stuck = () => attempts.stuck && [attempts.stuck.record.offset, attempts.stuck.overdueMs];
  const first = attempts.begin(record(1), 1, { signal, onLate: () => {} });
  await clock.advance(500);
  const second = attempts.begin(record(2), 1, { signal, onLate: () => {} });
  assert.equal(stuck(), undefined);
  await clock.advance(3_000);
  assert.deepEqual(stuck(), [1, 2_500]);
  attempts.end(first);
  assert.deepEqual(stuck(), [2, 2_000]);
  attempts.end(second);
  assert.equal(stuck(), undefined);
});
