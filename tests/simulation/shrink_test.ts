import assert from "node:assert/strict";
import { scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";

Deno.test("what does not matter to a failure is left out of its schedule", async () => {
  const schedule = scheduleOf(7);
  const [guilty, accomplice] = [schedule.records[3]!, schedule.records.at(-2)!];
  const smallest = await shrink(
    schedule,
    ({ records }) => Promise.resolve(records.includes(guilty) && records.includes(accomplice)),
  );
  assert.deepEqual(smallest.records, [guilty, accomplice]);
  assert.deepEqual(smallest.actions, []);
});

Deno.test("the same seed is the same schedule, another seed another", () => {
  assert.deepEqual(scheduleOf(11), scheduleOf(11));
  assert.notDeepEqual(scheduleOf(11), scheduleOf(12));
});
