import assert from "node:assert/strict";
import { TestClock } from "../testing/test_clock.ts";
import { settleWithin } from "./settle_within.ts";

Deno.test("settleWithin() says whether the promise settled in time, and leaves no timer behind", async () => {
  const clock = new TestClock();
  assert.equal(await settleWithin(Promise.resolve(1), 100, clock), true);
  assert.equal(await settleWithin(Promise.reject(new Error("no")), 100, clock), true);
  const waiting = settleWithin(new Promise(() => {}), 100, clock);
  await clock.advance(100);
  assert.equal(await waiting, false);
  assert.equal(clock.pending, 0);
});
