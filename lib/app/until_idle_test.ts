import assert from "node:assert/strict";
import { TestClock } from "../testing/test_clock.ts";
import { untilIdle } from "./until_idle.ts";

const lagOf = (lag: number) => [{ partition: 0, start: 0, end: lag, committed: 0, lag }];

Deno.test("a run ends when the lag has been 0 without a break, and not on what cannot be told", async () => {
  const clock = new TestClock();
  const lags: (number | undefined)[] = [5, 0, 0, 3, 0, undefined, 0, 0, 0, 0, 0, 0, 0];
  const ended = untilIdle({
    lag: () => {
      const lag = lags.shift();
      return lag === undefined ? Promise.reject(new Error("no broker")) : Promise.resolve(lagOf(lag));
    },
    idleMs: 2_000,
    maxWaitMs: undefined,
    clock,
    signal: new AbortController().signal,
  });
  await clock.advance(60_000);
  assert.equal(await ended, "idle");
  assert.equal(lags.length, 2, "three polls for the zero, two more for the break, four for the two seconds");
});

Deno.test("a run that never gets idle ends at --max-wait, and one that is stopped ends at once", async () => {
  const clock = new TestClock();
  const stop = new AbortController();
  const options = { lag: () => Promise.resolve(lagOf(1)), idleMs: 1_000, clock };
  const late = untilIdle({ ...options, maxWaitMs: 3_000, signal: stop.signal });
  await clock.advance(3_000);
  assert.equal(await late, "max-wait");
  const stopped = untilIdle({ ...options, maxWaitMs: undefined, signal: stop.signal });
  await clock.advance(100);
  stop.abort();
  assert.equal(await stopped, "stopped");
});

Deno.test("a question about the lag that is never answered delays neither a stop nor --max-wait", async () => {
  const clock = new TestClock();
  const stop = new AbortController();
  const options = { lag: () => new Promise<never>(() => {}), idleMs: 1_000, clock };
  const late = untilIdle({ ...options, maxWaitMs: 4_000, signal: stop.signal });
  await clock.advance(6_000);
  assert.equal(await late, "max-wait");
  const stopped = untilIdle({ ...options, maxWaitMs: undefined, signal: stop.signal });
  await clock.advance(100);
  stop.abort();
  assert.equal(await stopped, "stopped");
});
