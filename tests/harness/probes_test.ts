import assert from "node:assert/strict";
import { probesOf } from "./probes.ts";

Deno.test("connections that come together are one probe, in whatever order they were noted", () => {
  const arrivals = [100, 160, 62_000, 61_900, 130_000].map((at) => ({ at }));
  assert.deepEqual(probesOf(arrivals), [
    { at: 100, endedAt: 160, connections: 2 },
    { at: 61_900, endedAt: 62_000, connections: 2 },
    { at: 130_000, endedAt: 130_000, connections: 1 },
  ]);
  assert.deepEqual(probesOf([]), []);
});
