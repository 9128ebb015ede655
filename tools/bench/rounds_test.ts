import assert from "node:assert/strict";
import { roundOrders } from "./rounds.ts";

Deno.test("everybody runs once in each round, and each is first in turn", () => {
  assert.deepEqual(roundOrders(["a", "b", "c"], 4), [
    ["a", "b", "c"],
    ["b", "c", "a"],
    ["c", "a", "b"],
    ["a", "b", "c"],
  ]);
});

Deno.test("one peer alone runs as often as there are rounds", () => {
  assert.deepEqual(roundOrders(["a"], 2), [["a"], ["a"]]);
});
