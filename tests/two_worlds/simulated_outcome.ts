import type { Schedule } from "../simulation/schedule.ts";
import { planOf, play } from "../simulation/play.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

const STOPPED_MS = 20_000;

/** Plays a schedule in virtual time, stops in order whoever is left, and tells what came of it. */
export async function simulatedOutcome(schedule: Schedule): Promise<Outcome> {
  const { world, consumers } = await play(schedule);
  for (const one of consumers) if (one.working) void one.stop();
  await world.clock.advance(STOPPED_MS);
  for (const one of consumers) one.kill();
  if (world.mistakes.length > 0) throw new Error(world.mistakes[0]);
  const commits = [...world.group.committed].map(([partition, one]) => ({ partition, ...one }));
  return outcomeOf(world, planOf(schedule.records), commits);
}
