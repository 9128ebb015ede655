import assert from "node:assert/strict";
import { settle, TestClock } from "@orderline/lib/testing/test_clock";
import type { Clock } from "@orderline/lib/core/clock";
import { type Pace, pace } from "./pace.ts";

/** Takes turns for as long as they come, noting when. */
function takeTurns(turns: Pace, clock: Clock): number[] {
  const times: number[] = [];
  (async () => {
    while (true) {
      await turns.next();
      times.push(clock.monotonic());
    }
  })().catch(() => {});
  return times;
}

Deno.test("ten a second are one every 100 ms, the first at once", async () => {
  const clock = new TestClock();
  const stop = new AbortController();
  const times = takeTurns(pace({ perSecond: 10, clock, signal: stop.signal }), clock);
  await clock.advance(450);
  assert.deepEqual(times, [0, 100, 200, 300, 400]);
  stop.abort();
});

Deno.test("timers that are late by a little do not slow the average down", async () => {
  const clock = new TestClock();
  const stop = new AbortController();
  const late: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(Math.ceil(ms) + 3, signal),
    after: (ms, task) => clock.after(ms, task),
    every: (ms, task) => clock.every(ms, task),
  };
  const times = takeTurns(pace({ perSecond: 1_000, clock: late, signal: stop.signal }), late);
  await clock.advance(10_000);
  assert.ok(Math.abs(times.length - 10_000) <= 5, `${times.length} turns in ten seconds`);
  stop.abort();
});

Deno.test("after a standstill only 100 ms worth of turns come at once", async () => {
  const clock = new TestClock();
  const turns = pace({ perSecond: 50, clock });
  await turns.next();
  await clock.advance(60_000);
  const times = takeTurns(turns, clock);
  await settle();
  assert.equal(times.length, 6, "five for the 100 ms, and the one that is due now");
  await clock.advance(1_000);
  assert.equal(times.length, 56);
});

Deno.test("a turn that waits ends with the signal's reason, and none comes after it", async () => {
  const clock = new TestClock();
  const stop = new AbortController();
  const turns = pace({ perSecond: 1, clock, signal: stop.signal });
  await turns.next();
  const waiting = assert.rejects(turns.next(), /stopping/);
  stop.abort(new Error("stopping"));
  await waiting;
  await clock.advance(10_000);
  await assert.rejects(turns.next(), /stopping/);
  assert.equal(clock.pending, 0);
});

Deno.test("a rate that is no rate is refused", () => {
  for (const perSecond of [0, -1, NaN]) {
    assert.throws(() => pace({ perSecond, clock: new TestClock() }), /perSecond must be above 0/);
  }
});
