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

Deno.test("what an earlier ownership finished ahead is read over, and known also before it is read", () => {
  const tracker = new OffsetTracker(10, [12, 13]);
  assert.equal(tracker.admit(10), true);
  assert.deepEqual([11, 12, 13, 14].map((offset) => tracker.isFinished(offset)), [false, true, true, false]);
  assert.equal(tracker.knownEnd, 14);
  assert.deepEqual([11, 12, 13, 14].map((offset) => tracker.admit(offset)), [true, false, false, true]);
  tracker.finish(10);
  tracker.finish(11);
  assert.equal(tracker.committable, 14);
});

Deno.test("changes rises with everything that could be committed, and with nothing else", () => {
  const tracker = new OffsetTracker(0, [1]);
  const seen = [tracker.changes];
  const note = () => seen.push(tracker.changes - seen.reduce((sum, one) => sum + one, 0));
  tracker.admit(0);
  note();
  tracker.admit(1);
  note();
  tracker.finish(0);
  note();
  tracker.finish(0);
  note();
  tracker.skipTo(5);
  note();
  tracker.skipTo(4);
  note();
  assert.deepEqual(seen, [0, 0, 1, 1, 0, 1, 0]);
});

Deno.test("whatever the order of finishing, the tracker agrees with the plain model", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(30), { maxLength: 60, size: "max" }),
      fc.integer({ min: 1, max: 31 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20, size: "max" }),
      (finishing, count, ahead) => {
        const tracker = new OffsetTracker(0, ahead);
        const done = new Set<number>(ahead);
        for (let offset = 0; offset < count; offset++) {
          assert.equal(tracker.admit(offset), !done.has(offset));
        }
        for (const offset of [...finishing.filter((one) => one < count), ...Array(count).keys()]) {
          tracker.finish(offset);
          done.add(offset);
          let prefix = 0;
          while (prefix < count && done.has(prefix)) prefix++;
          assert.equal(tracker.committable, prefix);
          assert.equal(tracker.span, count - prefix);
          for (let at = prefix; at < 42; at++) assert.equal(tracker.isFinished(at), done.has(at), `${at}`);
        }
      },
    ),
  );
});
