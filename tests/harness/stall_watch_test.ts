import assert from "node:assert/strict";
import { TestClock } from "@orderline/lib/testing/test_clock";
import { StallWatch } from "./stall_watch.ts";

Deno.test("the longest gap of any partition counts, also one that still runs", async () => {
  const clock = new TestClock();
  const watch = new StallWatch(2, clock);
  await clock.advance(100);
  watch.acked(0);
  assert.equal(watch.longestMs, 100);
  await clock.advance(50);
  watch.acked(0);
  assert.equal(watch.longestMs, 150, "partition 1 is silent since the start");
});

Deno.test("after a reset a gap that had begun counts whole, and one that was over not at all", async () => {
  const clock = new TestClock();
  const watch = new StallWatch(2, clock);
  await clock.advance(500);
  watch.acked(0);
  watch.acked(1);
  await clock.advance(30);
  watch.reset();
  watch.acked(0);
  await clock.advance(20);
  watch.acked(1);
  assert.equal(watch.longestMs, 50);
});

Deno.test("all have acknowledged since a moment only when each has", async () => {
  const clock = new TestClock();
  const watch = new StallWatch(2, clock);
  await clock.advance(10);
  const at = clock.monotonic();
  await clock.advance(1);
  watch.acked(0);
  assert.equal(watch.allSince(at), false);
  watch.acked(1);
  assert.equal(watch.allSince(at), true);
});
