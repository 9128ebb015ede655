import assert from "node:assert/strict";
import { medianBounds } from "./median_bounds.ts";
import { seededRandom } from "./seeded_random.ts";

Deno.test("five values are too few to be sure of their median, six lie around it", () => {
  assert.deepEqual(medianBounds([5, 1, 4, 2, 3]), { count: 5, median: 3, low: -Infinity, high: Infinity });
  assert.deepEqual(medianBounds([6, 5, 1, 4, 2, 3]), { count: 6, median: 3.5, low: 1, high: 6 });
});

Deno.test("the more values there are the more are left out at the ends", () => {
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  assert.deepEqual(medianBounds(upTo(9)), { count: 9, median: 5, low: 2, high: 8 });
  assert.deepEqual(medianBounds(upTo(25)), { count: 25, median: 13, low: 8, high: 18 });
});

Deno.test("the bounds hold the true median at least nineteen times in twenty", () => {
  const random = seededRandom(3);
  let held = 0;
  for (let run = 0; run < 2_000; run++) {
    const { low, high } = medianBounds(Array.from({ length: 15 }, () => random() ** 3)); // far from even
    if (low <= 0.125 && 0.125 <= high) held++;
  }
  assert.ok(held >= 1_900, `${held} of 2,000`);
});
