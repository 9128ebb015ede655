import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { OffsetTracker } from "../core/offset_tracker.ts";
import { decodeCommitMetadata, encodeCommitMetadata } from "./commit_metadata.ts";
import { FloodGuard } from "./flood_guard.ts";
import type { FloodState } from "./flood_state.ts";

/** What a guard knows that has seen no dead letter. */
const NOTHING = new FloodGuard().stateAt(new OffsetTracker(0));

/** A tracker that has admitted `count` records from `first` on, all of which but these are finished. */
function tracker(first: number, count: number, unfinished: (offset: number) => boolean): OffsetTracker {
  const made = new OffsetTracker(first);
  for (let offset = first; offset < first + count; offset++) {
    made.admit(offset);
    if (!unfinished(offset)) made.finish(offset);
  }
  return made;
}

Deno.test("what is finished beyond a gap comes back, whatever the pattern", () => {
  fc.assert(fc.property(
    fc.nat(2 ** 40),
    fc.array(fc.boolean(), { maxLength: 400, size: "max" }),
    fc.uniqueArray(fc.integer({ min: 1, max: 600 }), { maxLength: 50, size: "max" }),
    (first, done, aheadBy) => {
      const ahead = aheadBy.map((by) => first + by);
      const one = new OffsetTracker(first, ahead);
      const expected = new Set(ahead);
      done.forEach((finished, index) => {
        one.admit(first + index);
        if (!finished) return;
        one.finish(first + index);
        expected.add(first + index);
      });
      const { committable } = one;
      const text = encodeCommitMetadata(one, NOTHING);
      assert.deepEqual(
        decodeCommitMetadata(text, committable).finished,
        [...expected].filter((offset) => offset >= committable).sort((a, b) => a - b),
      );
    },
  ));
});

Deno.test("with nothing finished beyond the commit there is no metadata", () => {
  assert.equal(encodeCommitMetadata(tracker(5, 100, () => false), NOTHING), "");
  assert.equal(encodeCommitMetadata(tracker(5, 100, () => true), NOTHING), "");
  assert.equal(encodeCommitMetadata(new OffsetTracker(5), NOTHING), "");
});

Deno.test("one slow record in front of thousands takes few bytes", () => {
  const text = encodeCommitMetadata(tracker(1_000_000, 16_000, (offset) => offset === 1_000_000), NOTHING);
  assert.ok(text.length < 80, text);
});

Deno.test("the worst of patterns fits into what Kafka allows, and what does not fit is left out, never invented", () => {
  let state = 1;
  const coin = () => (state = Math.imul(state, 1_103_515_245) + 12_345 >>> 0) & 0x10000;
  const first = Number.MAX_SAFE_INTEGER - 100_000;
  const one = tracker(first, 60_000, (offset) => offset === first || coin() === 0);
  const guard = new FloodGuard(undefined, Number.MAX_SAFE_INTEGER);
  const row = {
    below: 50,
    above: Array.from({ length: 50 }, (_, index) => first + 320 * index),
    passedAt: first + 16_384,
  };
  const full: FloodState = { ...guard.stateAt(one), flood: "share", row, dead: 1_000, seen: 1_000 };
  const text = encodeCommitMetadata(one, full);
  assert.ok(text.length > 3_900 && text.length <= 4_096, `${text.length} bytes`);
  const { finished, flood } = decodeCommitMetadata(text, first);
  assert.deepEqual(flood, full);
  assert.ok(finished.length > 10_000);
  assert.ok(finished.every((offset) => one.isFinished(offset)));
});

Deno.test("what the flood guard knows travels beside what is finished, and alone", () => {
  const guard = new FloodGuard();
  for (let offset = 0; offset < 37; offset++) guard.mayDeadLetter(offset);
  const first = tracker(30, 7, (offset) => offset === 30);
  const last = tracker(30, 7, (offset) => offset === 36);
  assert.deepEqual(decodeCommitMetadata(encodeCommitMetadata(first, guard.stateAt(first)), 30), {
    finished: [31, 32, 33, 34, 35, 36],
    flood: guard.stateAt(first),
  });
  assert.deepEqual(guard.stateAt(first).row.above, [31, 32, 33, 34, 35, 36]);
  assert.deepEqual(decodeCommitMetadata(encodeCommitMetadata(last, guard.stateAt(last)), 36), {
    finished: [],
    flood: guard.stateAt(last),
  });
  assert.equal(guard.stateAt(last).row.below, 36);
});

Deno.test("versions without a flood read what is finished, and are read", () => {
  const one = tracker(7, 50, (offset) => offset === 7);
  const guard = new FloodGuard();
  for (let offset = 8; offset < 57; offset++) guard.mayDeadLetter(offset);
  const [mark, committed, packed, flood, ...more] = encodeCommitMetadata(one, guard.stateAt(one)).split(":");
  assert.deepEqual([mark, committed, more], ["orderline1", "7", []]);
  assert.notEqual(flood, undefined);
  const theirs = [mark, committed, packed].join(":"); // all that they look at
  assert.equal(theirs, encodeCommitMetadata(one, NOTHING));
  assert.deepEqual(decodeCommitMetadata(theirs, 7), {
    finished: Array.from({ length: 49 }, (_, index) => 8 + index),
    flood: undefined,
  });
});

Deno.test("metadata that is not ours, damaged, or of another offset says nothing", () => {
  const ours = encodeCommitMetadata(tracker(7, 50, (offset) => offset === 7), NOTHING);
  assert.equal(decodeCommitMetadata(ours, 7).finished.length, 49);
  const bomb = `orderline1:7:${inflatesToAMillion()}`;
  for (
    const [text, offset] of [
      ["", 7],
      ["some other client's note", 7],
      ["a:7:b", 7],
      [ours, 8],
      [ours.replace("orderline1", "orderline2"), 7],
      [`${ours}!`, 7],
      ["orderline1:7:", 7],
      ["orderline1:7", 7],
      [bomb, 7],
    ] as const
  ) {
    assert.deepEqual(
      decodeCommitMetadata(text, offset),
      { finished: [], flood: undefined },
      text.slice(0, 40),
    );
  }
});

/** Few bytes that inflate to a million. */
function inflatesToAMillion(): string {
  return deflateRawSync(new Uint8Array(1_000_000).fill(255)).toString("base64url");
}
