import { runSchedule } from "./run_schedule.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";

type Run = (schedule: Schedule) => Promise<string | undefined>;

/** Runs the schedules of so many seeds. Throws with the first that goes wrong, as small as it could be made. */
export async function runSeeds(first: number, count: number, run: Run = runSchedule): Promise<void> {
  for (let seed = first; seed < first + count; seed++) {
    // Every second one is calm: there, nothing may be repeated.
    const schedule = scheduleOf(seed, { calm: seed % 2 === 0 });
    const wrong = await run(schedule);
    if (wrong !== undefined) throw new Error(await explain(schedule, { wrong, run }));
  }
}

async function explain(schedule: Schedule, { wrong, run }: { wrong: string; run: Run }): Promise<string> {
  // A schedule without records shows nothing, and is wrong for that alone.
  const isWrong: (one: Schedule) => Promise<boolean> = async (one) =>
    one.records.length > 0 && await run(one) !== undefined;
  const smallest = await shrink(schedule, isWrong);
  const stillWrong = await run(smallest);
  const [actions, records] = [smallest.actions, smallest.records].map((list) =>
    list.map((item) => `  ${JSON.stringify(item)}`).join("\n")
  );
  return `seed ${schedule.seed}: ${
    stillWrong ?? wrong
  }\nwith these actions:\n${actions}\nand these records:\n${records}`;
}
