import assert from "node:assert/strict";
import { TestClock } from "../testing/test_clock.ts";
import { permanent, unavailable } from "./failure.ts";
import { untilAvailable } from "./until_available.ts";

Deno.test("untilAvailable() tries again while the answer is unavailable, and gives up when the time is over", async () => {
  const clock = new TestClock();
  let tries = 0;
  const asking = untilAvailable(() => Promise.reject(unavailable(`down ${++tries}`)), {
    timeoutMs: 10_000,
    clock,
    random: () => 0,
  });
  const failed = assert.rejects(asking, /down/);
  await clock.advance(11_000);
  await failed;
  assert.ok(tries >= 4 && tries <= 7, `${tries} tries`);
});

Deno.test("untilAvailable() does not wait for what no waiting mends", async () => {
  const asking = untilAvailable(() => Promise.reject(permanent("invalid", "no such topic")), {
    timeoutMs: 10_000,
    clock: new TestClock(),
    random: () => 0,
  });
  await assert.rejects(asking, /no such topic/);
});
