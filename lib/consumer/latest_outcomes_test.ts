import assert from "node:assert/strict";
import { LatestOutcomes } from "./latest_outcomes.ts";

Deno.test("dead letters are counted on both sides, up to the records that passed", () => {
  const outcomes = new LatestOutcomes();
  outcomes.passed(10);
  for (const offset of [11, 12, 14, 15]) outcomes.dead(offset);
  outcomes.passed(16);
  outcomes.dead(17);
  assert.equal(outcomes.deadAround(12, 50), 4, "13 has not ended and counts for neither");
  assert.equal(outcomes.deadAround(15, 3), 3, "no further than asked");
  outcomes.passed(13);
  assert.equal(outcomes.deadAround(12, 50), 2);
  assert.equal(outcomes.deadAround(17, 50), 1);
});

Deno.test("what ended long ago is forgotten, and its place is not taken for another record's", () => {
  const outcomes = new LatestOutcomes();
  for (let offset = 0; offset < 10; offset++) outcomes.dead(offset);
  outcomes.dead(20_000);
  outcomes.dead(3); // too late: nothing is known around it
  assert.equal(outcomes.deadAround(20_000, 50), 1);
  outcomes.dead(16_384 + 3); // the place where 3 was kept, which is cleared by now
  assert.equal(outcomes.deadAround(20_000, 50), 2);
  outcomes.dead(90_000); // further on than everything that is known
  assert.equal(outcomes.deadAround(90_000, 50), 1);
});

Deno.test("a row is told as it lies around a position, and taken up by another", () => {
  const outcomes = new LatestOutcomes();
  outcomes.passed(10);
  for (const offset of [11, 12, 14, 17]) outcomes.dead(offset);
  outcomes.passed(20);
  outcomes.dead(21);
  const row = outcomes.rowAt(13, 50);
  assert.deepEqual(row, { below: 2, above: [14, 17], passedAt: 20 });
  assert.deepEqual(outcomes.rowAt(21, 50), { below: 0, above: [21], passedAt: undefined });
  assert.deepEqual(
    outcomes.rowAt(13, 1),
    { below: 1, above: [14], passedAt: undefined },
    "no further than asked",
  );

  const next = new LatestOutcomes();
  next.resume(13, row);
  assert.deepEqual(next.rowAt(13, 50), row);
  next.dead(13);
  assert.equal(next.deadAround(13, 50), 5);
  assert.equal(new LatestOutcomes().rowAt(2 ** 53 - 1, 50).below, 0, "at once, however far the log is");
});

Deno.test("a row that begins with the log is taken up, too", () => {
  const next = new LatestOutcomes();
  next.resume(3, { below: 3, above: [], passedAt: undefined });
  assert.equal(next.rowAt(3, 50).below, 3);
});
