import { unavailable } from "../../lib/core/failure.ts";
import type { ConsumerRecord } from "../../lib/core/record.ts";
import { TestClock } from "../../lib/testing/test_clock.ts";
import type { Schedule } from "./schedule.ts";
import { between, seeded } from "./seeded.ts";
import { SimulatedGroup } from "./simulated_group.ts";
import { SimulatedMember } from "./simulated_member.ts";
import { noteDeadLetter, type World } from "./world.ts";

/** How many sessions the group waits for a member to join. */
const REBALANCE_SESSIONS = 2;

/** A world in virtual time. */
export interface SimulatedWorld extends World {
  readonly clock: TestClock;
  readonly logs: ConsumerRecord[][];
  readonly group: SimulatedGroup;
}

/** The world that a schedule is played in, with nothing in it. */
export function simulatedWorld(
  { seed, partitions, timing, handling }: Schedule,
  plans: World["plans"],
): SimulatedWorld {
  const clock = new TestClock();
  const random = seeded(seed ^ 0x5eed);
  const topic = "orders";
  const down: World["down"] = new Set();
  const logs = Array.from({ length: partitions }, (): ConsumerRecord[] => []);
  const group = new SimulatedGroup({
    clock,
    partitions,
    sessionTimeoutMs: timing.sessionMs,
    rebalanceTimeoutMs: timing.sessionMs * REBALANCE_SESSIONS,
  });
  const world: SimulatedWorld = {
    ...{ clock, random, topic, partitions, timing, handling, plans, down, logs, group },
    effects: [],
    deadLetters: [],
    skipped: [],
    ends: [],
    mistakes: [],
    createMember(process) {
      let members = 0;
      const commitFault = () =>
        down.has("commits-refused") ? "refused" : down.has("commit-answers-lost") ? "answer-lost" : "none";
      return (listener) =>
        new SimulatedMember({
          ...{ topic, group, logs, process, random, commitFault },
          id: `${process.name}.${members++}`,
        }, listener);
    },
    async sendDeadLetter(record, process) {
      await process.clock.sleep(between(random, 1, 20));
      if (down.has("dead-letters-down")) throw unavailable("the dead letter topic does not answer");
      noteDeadLetter(world, record);
      await process.clock.sleep(between(random, 1, 20));
    },
  };
  return world;
}
