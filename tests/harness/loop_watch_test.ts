import assert from "node:assert/strict";
import { LoopWatch } from "./loop_watch.ts";

/** A loop whose turns come when the test says so. */
function loop() {
  let [now, crowded, look] = [0, 0, () => {}];
  const every = (_ms: number, run: () => void) => {
    look = run;
    return () => look = () => {};
  };
  const watch = new LoopWatch({ monotonic: () => now, every }, () => crowded);
  return {
    watch,
    turnAt(at: number, crowdedMs = 0) {
      now = at;
      crowded += crowdedMs;
      look();
    },
  };
}

Deno.test("a timer that comes late is a standstill from when it was due, a little late is not", () => {
  const { watch, turnAt } = loop();
  for (const at of [10, 20, 34, 44, 174, 184]) turnAt(at);
  assert.deepEqual(watch.standstills, [{ from: 54, to: 174, crowdedMs: 0 }]);
});

Deno.test("what the machine gave to others is told apart, and is never more than the standstill", () => {
  const { watch, turnAt } = loop();
  turnAt(10, 3);
  turnAt(120, 70);
  turnAt(230, 500);
  assert.deepEqual(watch.standstills, [
    { from: 20, to: 120, crowdedMs: 70 },
    { from: 130, to: 230, crowdedMs: 100 },
  ]);
});

Deno.test("standing still is counted between two moments, in parts", () => {
  const { watch, turnAt } = loop();
  for (const at of [10, 120, 130, 140, 200]) turnAt(at); // 20 to 120, 150 to 200
  assert.equal(watch.stoodStillMs(0, 1_000), 150);
  assert.equal(watch.stoodStillMs(100, 160), 30);
  assert.equal(watch.stoodStillMs(120, 150), 0);
  watch.stop();
  turnAt(900);
  assert.equal(watch.standstills.length, 2);
});
