import assert from "node:assert/strict";
import { FloodGuard } from "./flood_guard.ts";

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
