import type { Schedule } from "./schedule.ts";

/**
 * The smallest schedule found that still goes wrong: actions and records are left out as long as it does. `isWrong` runs
 * a schedule.
 */
export async function shrink(
  schedule: Schedule,
  isWrong: (schedule: Schedule) => Promise<boolean>,
): Promise<Schedule> {
  const fewerActions = await shrinkList(schedule.actions, (actions) => isWrong({ ...schedule, actions }));
  const smaller = { ...schedule, actions: fewerActions };
  const records = await shrinkList(smaller.records, (list) => isWrong({ ...smaller, records: list }));
  return { ...smaller, records };
}

/** Leaves out halves, then quarters, down to single items. */
async function shrinkList<T>(
  list: readonly T[],
  isWrong: (list: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let best = list;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best.length;) {
      const without = [...best.slice(0, start), ...best.slice(start + size)];
      if (await isWrong(without)) best = without;
      else start += size;
    }
  }
  return best;
}
