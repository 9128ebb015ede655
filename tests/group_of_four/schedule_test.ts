import assert from "node:assert/strict";
import { CI_SEEDS, claimsOf, describeFault, faultsOf, KINDS } from "./schedule.ts";

const SEEDS = Array.from({ length: 500 }, (_, seed) => seed);

Deno.test("a seed is a schedule, always the same; another seed is another one", () => {
  for (const seed of SEEDS) assert.deepEqual(faultsOf(seed), faultsOf(seed));
  assert.ok(new Set(SEEDS.map((seed) => JSON.stringify(faultsOf(seed)))).size > SEEDS.length - 5);
});

Deno.test("as many seeds as there are kinds, one after the other, hold every kind", () => {
  const kinds = Object.keys(KINDS);
  for (const first of [0, 1, 77]) {
    const seeds = kinds.map((_, index) => first + index);
    const held = new Set(seeds.flatMap((seed) => faultsOf(seed).map(({ kind }) => kind)));
    assert.deepEqual(kinds.filter((kind) => !held.has(kind)), []);
  }
});

Deno.test("a schedule has one to three faults in the order of their moments, and no two that need the same", () => {
  const counts = new Set<number>();
  for (const seed of SEEDS) {
    const faults = faultsOf(seed);
    counts.add(faults.length);
    const claims = faults.flatMap(claimsOf);
    assert.equal(new Set(claims).size, claims.length, `seed ${seed}`);
    assert.deepEqual(faults.map(({ at }) => at), faults.map(({ at }) => at).sort((a, b) => a - b));
    assert.ok(faults.every(({ at }) => at >= 300 && at <= 4_000));
  }
  assert.deepEqual([...counts].sort(), [1, 2, 3]);
});

Deno.test("the dozen that every test run plays holds three dozen kinds, and nothing that takes 40 s", () => {
  const faults = CI_SEEDS.flatMap(faultsOf);
  assert.equal(CI_SEEDS.length, 12);
  assert.equal(new Set(faults.map(({ kind }) => kind)).size, 36);
  assert.ok(faults.every((fault) => !("forMs" in fault) || fault.forMs < 12_000));
});

Deno.test("a fault is told with what chance has chosen for it", () => {
  const late = { at: 1_240, kind: "Fetch answers late", do: "answers", how: "late", api: "Fetch" } as const;
  assert.equal(
    describeFault({ ...late, member: 2, times: 3, lateMs: 900 }),
    "1.2 s Fetch answers late (member 2, times 3, lateMs 900)",
  );
  const all = { at: 300, kind: "kill -9 of all", do: "kill", members: [0, 1, 2, 3] } as const;
  assert.equal(describeFault(all), "0.3 s kill -9 of all (members 0,1,2,3)");
});
