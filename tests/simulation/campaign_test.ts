import assert from "node:assert/strict";
import { runSeeds } from "./campaign.ts";
import { scheduleOf } from "./schedule.ts";

Deno.test("a seed that goes wrong is told with the records that it takes, never with none", async () => {
  const { records } = scheduleOf(3);
  const guilty = records[7]!;
  // As a run judges: what has nothing to show is wrong as well.
  const run = ({ records }: { readonly records: readonly unknown[] }) => {
    if (records.length === 0) return Promise.resolve("there was nothing to consume");
    const isIn = records.some((record) => JSON.stringify(record) === JSON.stringify(guilty));
    return Promise.resolve(isIn ? "an order was lost" : undefined);
  };
  await assert.rejects(runSeeds(3, 1, run), (error: Error) => {
    const [what, again] = error.message.split("\nThis one again: ");
    const said = `seed 3: an order was lost\nwith these actions:\n\nand these records:\n  ${
      JSON.stringify(guilty)
    }`;
    assert.equal(what, said);
    assert.match(again!, /--only simulated_schedules --seed 3$/);
    return true;
  });
});
