import assert from "node:assert/strict";
import { Ramp } from "./ramp.ts";

Deno.test("a ramp is no limit until there was an outage, and then grows 1, 2, 4, up to the full number", () => {
  const ramp = new Ramp(6);
  assert.equal(ramp.limit, 6);
  ramp.restart();
  const limits = Array.from({ length: 9 }, () => {
    const { limit } = ramp;
    ramp.passed();
    return limit;
  });
  assert.deepEqual(limits, [1, 2, 2, 4, 4, 4, 4, 6, 6]);
});

Deno.test("a second outage begins at one again", () => {
  const ramp = new Ramp(200);
  ramp.restart();
  for (let turn = 0; turn < 100; turn++) ramp.passed();
  assert.equal(ramp.limit, 64);
  ramp.restart();
  assert.equal(ramp.limit, 1);
  ramp.passed();
  assert.equal(ramp.limit, 2);
});
