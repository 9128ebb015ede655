import assert from "node:assert/strict";
import fc from "fast-check";
import { FLOOD_LIMITS, FloodGuard, type FloodLimits } from "./flood_guard.ts";

Deno.test("a partition is held at the fiftieth dead letter in a row, and the fifty-first waits", () => {
  const guard = new FloodGuard();
  for (let offset = 0; offset < 49; offset++) assert.equal(guard.mayDeadLetter(offset), true);
  assert.equal(guard.held, undefined);
  assert.equal(guard.mayDeadLetter(49), true);
  assert.equal(guard.held, "50 dead letters in a row");
  assert.equal(guard.mayDeadLetter(50), false);
});

Deno.test("a good record ends the row", () => {
  const guard = new FloodGuard();
  let offset = 0;
  for (let round = 0; round < 6; round++) {
    for (let turn = 0; turn < 49; turn++) assert.equal(guard.mayDeadLetter(offset++), true);
    for (let turn = 0; turn < 400; turn++) guard.passed(offset++);
  }
  assert.equal(guard.held, undefined);
});

Deno.test("records behind a bad stretch that are processed meanwhile do not end the row", () => {
  const guard = new FloodGuard();
  for (let offset = 0; offset < 50; offset++) {
    assert.equal(guard.held, undefined);
    assert.equal(guard.mayDeadLetter(offset), true);
    guard.passed(1_000 + offset); // of another user, whose lane is further on
  }
  assert.equal(guard.held, "50 dead letters in a row");
});

Deno.test("dead letters that come late, long after their neighbours passed, are no row", () => {
  const guard = new FloodGuard();
  for (let offset = 0; offset < 4_000; offset++) {
    if (offset % 20 !== 0) guard.passed(offset);
    // Each twentieth was tried again for a while, and all is past it by three thousand when it is given up.
    if (offset >= 3_000 && offset % 20 === 1) guard.mayDeadLetter(offset - 3_001);
  }
  assert.equal(guard.held, undefined);
});

Deno.test("more than a fifth of the last records holds the partition, but not before 500 were seen", () => {
  const guard = new FloodGuard();
  let seen = 0;
  while (guard.held === undefined && seen < 2_000) {
    if (seen % 4 === 0) guard.mayDeadLetter(seen);
    else guard.passed(seen);
    seen++;
  }
  assert.equal(seen, 501);
  assert.match(guard.held!, /^126 dead letters among the last 501 records$/);
});

Deno.test("the window forgets: a fifth long ago does not hold a partition that is well now", () => {
  const guard = new FloodGuard();
  for (let turn = 0; turn < 499; turn++) turn % 4 === 0 ? guard.mayDeadLetter(turn) : guard.passed(turn);
  for (let turn = 0; turn < 1_000; turn++) guard.passed(turn);
  for (let turn = 0; turn < 40; turn++) assert.equal(guard.mayDeadLetter(turn), true);
  assert.equal(guard.held, undefined);
});

Deno.test("what an operator accepted does not count, what comes after does", () => {
  const guard = new FloodGuard(undefined, 1_000);
  for (let offset = 0; offset < 1_000; offset++) assert.equal(guard.mayDeadLetter(offset), true);
  assert.equal(guard.held, undefined);
  for (let offset = 1_000; offset < 1_050; offset++) guard.mayDeadLetter(offset);
  assert.ok(guard.held);
});

/** Counts a dead letter, and has it written where it may be. */
function deadLetter(guard: FloodGuard, offset: number): boolean {
  const may = guard.mayDeadLetter(offset);
  if (may) guard.written(offset);
  return may;
}

/** The guard of an owner that begins at this position, where everything else is at its end but these offsets. */
function nextOwner(
  guard: FloodGuard,
  position: number,
  { unfinished = [], limits }: { unfinished?: readonly number[]; limits?: FloodLimits } = {},
): FloodGuard {
  const isFinished = (offset: number) => !unfinished.includes(offset);
  return FloodGuard.resume(guard.stateAt({ committable: position, isFinished }), position, limits);
}

Deno.test("the next owner counts on: a row of 37 goes on with the 38th", () => {
  const guard = new FloodGuard();
  for (let offset = 0; offset < 37; offset++) deadLetter(guard, offset);
  const next = nextOwner(guard, 37);
  for (let offset = 37; offset < 49; offset++) assert.equal(deadLetter(next, offset), true);
  assert.equal(next.held, undefined);
  deadLetter(next, 49);
  assert.equal(next.held, "50 dead letters in a row");
});

Deno.test("what is held stays held for the next owner, for the same reason", () => {
  const row = new FloodGuard();
  for (let offset = 0; offset < 50; offset++) deadLetter(row, offset);
  const share = new FloodGuard();
  for (let turn = 0; turn < 501; turn++) turn % 4 === 0 ? deadLetter(share, turn) : share.passed(turn);
  for (const guard of [row, share]) {
    const next = nextOwner(guard, 501);
    assert.equal(next.held, guard.held);
    assert.equal(deadLetter(next, 501), false);
    assert.equal(nextOwner(next, 501).held, guard.held, "and for the one after it");
  }
  row.passed(51);
  assert.equal(nextOwner(row, 50).held, row.held, "whatever lies around the position");
});

Deno.test("a hold is told of when the dead letters that led to it are written", () => {
  const guard = new FloodGuard();
  for (let offset = 0; offset < 49; offset++) deadLetter(guard, offset);
  guard.mayDeadLetter(49);
  assert.ok(guard.held);
  const next = nextOwner(guard, 49, { unfinished: [49] });
  assert.equal(next.held, undefined);
  assert.equal(next.mayDeadLetter(49), true, "it comes again");
  assert.ok(next.held);
  guard.written(49);
  assert.ok(nextOwner(guard, 50).held);
});

Deno.test("a hold that is only this owner's does not go to the next", () => {
  const guard = new FloodGuard();
  guard.hold("no room for more keys");
  assert.equal(guard.held, "no room for more keys");
  assert.equal(nextOwner(guard, 0).held, undefined);
});

Deno.test("what an operator has accepted stays accepted for the next owner", () => {
  const next = nextOwner(new FloodGuard(undefined, 1_000), 600);
  for (let offset = 600; offset < 1_000; offset++) assert.equal(deadLetter(next, offset), true);
  assert.equal(next.held, undefined);
});

Deno.test("a record that was counted and not written comes again and counts once", () => {
  const guard = new FloodGuard();
  for (let offset = 0; offset < 40; offset++) guard.mayDeadLetter(offset);
  const unfinished = Array.from({ length: 20 }, (_, index) => 2 * index);
  const next = nextOwner(guard, 0, { unfinished });
  for (const offset of unfinished) assert.equal(deadLetter(next, offset), true);
  for (let offset = 40; offset < 49; offset++) assert.equal(deadLetter(next, offset), true);
  assert.equal(next.held, undefined);
  deadLetter(next, 49);
  assert.ok(next.held);
});

Deno.test("a record that passed behind the row ends it for the next owner as well", () => {
  const guard = new FloodGuard();
  for (let offset = 0; offset < 30; offset++) deadLetter(guard, offset);
  guard.passed(31);
  const next = nextOwner(guard, 30);
  for (let offset = 32; offset < 81; offset++) assert.equal(deadLetter(next, offset), true);
  assert.equal(next.held, undefined, "49 behind it");
  deadLetter(next, 30);
  assert.equal(next.held, undefined, "31 before it");
});

Deno.test("however often the owner changes, a partition is held at the same record", () => {
  const outcomes = fc.array(fc.constantFrom(true, true, true, true, true, true, false), {
    minLength: 20,
    maxLength: 200,
    size: "max",
  });
  const limits = { ...FLOOD_LIMITS, inARow: 12, share: 1 };
  /** The offset at which the guard holds, of these outcomes in order, with a new owner before each of these offsets. */
  const heldAt = (dead: readonly boolean[], changes: ReadonlySet<number>) => {
    let guard = new FloodGuard(limits);
    for (const [offset, isDead] of dead.entries()) {
      if (changes.has(offset)) guard = nextOwner(guard, offset, { limits });
      isDead ? deadLetter(guard, offset) : guard.passed(offset);
      if (guard.held !== undefined) return offset;
    }
    return undefined;
  };
  let held = 0;
  fc.assert(fc.property(outcomes, fc.array(fc.nat(200), { maxLength: 20, size: "max" }), (dead, changes) => {
    const alone = heldAt(dead, new Set());
    if (alone !== undefined) held++;
    assert.equal(heldAt(dead, new Set(changes)), alone);
  }));
  assert.ok(held > 10, `only ${held} were held at all`);
});

Deno.test("bad records that lie apart may be forgotten by a crash, the sixth in a row may not", () => {
  const guard = new FloodGuard();
  for (let offset = 0; offset < 40; offset += 2) {
    guard.mayDeadLetter(offset);
    guard.passed(offset + 1);
    assert.equal(guard.mustBeKnown(offset), false);
  }
  for (let offset = 100; offset < 105; offset++) guard.mayDeadLetter(offset);
  assert.equal(guard.mustBeKnown(104), false);
  guard.mayDeadLetter(105);
  assert.equal(guard.mustBeKnown(100), true);
});

Deno.test("a guard that has seen nothing answers at once, however far the log is", () => {
  const far = { committable: Number.MAX_SAFE_INTEGER, isFinished: () => false };
  assert.deepEqual(new FloodGuard().stateAt(far).row, { below: 0, above: [], passedAt: undefined });
});
