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
