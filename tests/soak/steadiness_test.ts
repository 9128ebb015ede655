import assert from "node:assert/strict";
import { seededRandom } from "../harness/seeded_random.ts";
import { floors, growthPerMinute } from "./steadiness.ts";

const seconds = (count: number, value: (second: number) => number) =>
  Array.from({ length: count }, (_, second) => ({ at: 5_000 + second * 1_000, value: value(second) }));

Deno.test("of each whole minute the least counts, and what comes and goes does not", () => {
  const seen = seconds(150, (second) => second % 30 === 0 ? 7 : 9 + second % 20);
  assert.deepEqual(floors(seen), [{ at: 35_000, value: 7 }, { at: 95_000, value: 7 }]);
  assert.deepEqual(floors([]), []);
});

Deno.test("growth is what most pairs of minutes say, whatever a few say", () => {
  const values = Array.from(
    { length: 25 },
    (_, minute) => ({ at: minute * 60_000, value: 100 + minute * 0.1 }),
  );
  values[3]!.value = 900;
  values[20]!.value = 2;
  assert.ok(Math.abs(growthPerMinute(values) - 0.1) < 0.01, `${growthPerMinute(values)}`);
  assert.equal(growthPerMinute(values.slice(0, 1)), 0);
});

Deno.test("a leak shows through noise of megabytes within half an hour, and noise is none", () => {
  const random = seededRandom(4);
  const noisy = (leakPerMinute: number) =>
    seconds(25 * 60, (second) => 120 + random() * 30 + second / 60 * leakPerMinute);
  assert.ok(Math.abs(growthPerMinute(floors(noisy(0)))) < 0.05);
  assert.ok(growthPerMinute(floors(noisy(0.3))) > 0.2);
});
