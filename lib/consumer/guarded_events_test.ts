import assert from "node:assert/strict";
import { guardedEvents } from "./guarded_events.ts";

Deno.test("observers are told all that they asked for, and what one throws reaches nobody", () => {
  const told: unknown[] = [];
  const events = guardedEvents({
    committed: (partitions) => void told.push(partitions),
    commitFailed: () => {
      throw new TypeError("not a function");
    },
  });
  events.committed?.(3);
  events.commitFailed?.(new Error("refused"));
  assert.deepEqual(told, [3]);
  assert.equal(events.finished, undefined);
});
