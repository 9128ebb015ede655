import assert from "node:assert/strict";
import fc from "fast-check";
import { OffsetTracker } from "./offset_tracker.ts";

Deno.test("a tracker commits the longest finished prefix, never past the lowest unfinished record", () => {
  const tracker = new OffsetTracker(10);
  for (const offset of [10, 11, 12, 13]) assert.equal(tracker.admit(offset), true);
  tracker.finish(11);
  tracker.finish(13);
  assert.equal(tracker.committable, 10);
  tracker.finish(10);
  assert.equal(tracker.committable, 12);
  tracker.finish(12);
  assert.equal(tracker.committable, 14);
});

Deno.test("a redelivered record is not admitted again, finished or not", () => {
  const tracker = new OffsetTracker(0);
  tracker.admit(0);
  tracker.admit(1);
  tracker.finish(0);
  assert.equal(tracker.admit(0), false);
  assert.equal(tracker.admit(1), false);
  assert.equal(tracker.admit(2), true);
});

Deno.test("offsets that the log skips are no gaps", () => {
  const tracker = new OffsetTracker(0);
  tracker.admit(0);
  tracker.admit(5);
  tracker.finish(0);
  assert.equal(tracker.committable, 5);
  tracker.finish(5);
  tracker.skipTo(9);
  assert.equal(tracker.committable, 9);
  assert.equal(tracker.admit(8), false);
});

Deno.test("whatever the order of finishing, the tracker agrees with the plain model", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(30), { maxLength: 60 }),
      fc.integer({ min: 1, max: 31 }),
      (finishing, count) => {
        const tracker = new OffsetTracker(0);
        const done = new Set<number>();
        for (let offset = 0; offset < count; offset++) tracker.admit(offset);
        for (const offset of finishing.filter((one) => one < count)) {
          tracker.finish(offset);
          done.add(offset);
          let prefix = 0;
          while (done.has(prefix)) prefix++;
          assert.equal(tracker.committable, prefix);
          assert.equal(tracker.unfinished, count - done.size);
        }
      },
    ),
  );
});
