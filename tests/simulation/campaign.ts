import { runSchedule } from "./run_schedule.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";

type Run = (schedule: Schedule) => Promise<string | undefined>;

/** How much was played. */
export interface Played {
  readonly records: number;
  readonly actions: number;
}

/** Runs the schedules of so many seeds. Throws with the first that goes wrong, as small as it could be made. */
export async function runSeeds(first: number, count: number, run: Run = runSchedule): Promise<Played> {
  let [records, actions] = [0, 0];
  for (let seed = first; seed < first + count; seed++) {
    // Every second one is calm: there, nothing may be repeated.
    const schedule = scheduleOf(seed, { calm: seed % 2 === 0 });
    const wrong = await run(schedule);
    if (wrong !== undefined) throw new Error(await explain(schedule, { wrong, run }));
    records += schedule.records.length;
    actions += schedule.actions.length;
  }
  return { records, actions };
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
  const { seed } = schedule;
  return `seed ${seed}: ${
    stillWrong ?? wrong
  }\nwith these actions:\n${actions}\nand these records:\n${records}\n` +
    `This one again: deno task test:faults --only simulated_schedules --seed ${seed}`;
}
