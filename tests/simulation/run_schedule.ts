import { checkInvariants } from "../harness/check_invariants.ts";
import { play } from "./play.ts";
import type { Schedule } from "./schedule.ts";

/** Runs a schedule in virtual time. Resolves with what is wrong with it, or undefined. */
export async function runSchedule(schedule: Schedule): Promise<string | undefined> {
  const { world, consumers, log, finished } = await play(schedule);
  for (const one of consumers) one.kill();
  if (world.mistakes.length > 0) return world.mistakes[0];
  if (!finished) return `nothing moves: ${consumers.map((one) => one.describe()).join("; ")}`;
  const verdict = checkInvariants({
    faults: [],
    log,
    effects: world.effects,
    deadLetters: world.deadLetters.map(({ partition, offset, at }) => ({ partition, offset, at: at! })),
    commits: world.group.commits,
    allowedRepeats: isCalm(schedule) ? 0 : Infinity,
  });
  return verdict.result === "pass" ? undefined : verdict.report;
}

/**
 * Only starts and stops: nobody may do anything twice. A transaction that fails is tried again in halves, one after the
 * other, and is not waited for that long before a join.
 */
function isCalm({ actions, records, handling }: Schedule): boolean {
  const failsTogether = handling?.calls === "all-or-nothing" &&
    records.some(({ behaviour }) => behaviour.kind === "refused");
  return !failsTogether && actions.every((action) => action.do === "start" || action.do === "stop") &&
    records.every(({ behaviour }) =>
      behaviour.kind !== "always-fails" && behaviour.kind !== "fails-first" &&
      (behaviour.kind !== "succeeds" || behaviour.afterMs <= 3_000)
    );
}
