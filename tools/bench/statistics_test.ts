import assert from "node:assert/strict";
import { median, percentile } from "./statistics.ts";

Deno.test("the median is the middle value, whatever the order", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([100, 9]), 54.5);
  assert.equal(median([7]), 7);
});

Deno.test("the median leaves the values in their order", () => {
  const values = [3, 1, 2];
  median(values);
  assert.deepEqual(values, [3, 1, 2]);
});

Deno.test("a percentile is a value that was measured, and all of them do not exceed the last", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile(hundred, 1), 100);
  assert.equal(percentile([4], 0.5), 4);
  assert.equal(percentile([1, 2, 3], 0.95), 3);
});
