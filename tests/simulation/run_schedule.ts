import type { ConsumerRecord } from "../../lib/core/record.ts";
import { TestClock } from "../../lib/testing/test_clock.ts";
import { checkInvariants } from "../harness/check_invariants.ts";
import type { LogRecord } from "../harness/ledger.ts";
import type { Action, PlannedRecord, Schedule } from "./schedule.ts";
import { seeded } from "./seeded.ts";
import { SimulatedConsumer, type World } from "./simulated_consumer.ts";
import { SimulatedGroup } from "./simulated_group.ts";

const SESSION_MS = 10_000;
const REBALANCE_MS = 20_000;
/** After the last action everything works again; by then all must be at its end. */
const HEALED_MS = 240_000;
const STEP_MS = 1_000;
const utf8 = new TextEncoder();

/** Runs a schedule in virtual time. Resolves with what is wrong with it, or undefined. */
export async function runSchedule(schedule: Schedule): Promise<string | undefined> {
  const clock = new TestClock();
  const world: World = {
    clock,
    random: seeded(schedule.seed ^ 0x5eed),
    topic: "orders",
    logs: Array.from({ length: schedule.partitions }, (): ConsumerRecord[] => []),
    plans: new Map(),
    group: new SimulatedGroup({
      clock,
      partitions: schedule.partitions,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
    }),
    sessionTimeoutMs: SESSION_MS,
    ...kindOf(schedule.seed),
    down: new Set(),
    effects: [],
    deadLetters: [],
    mistakes: [],
  };
  const log = write(schedule.records, world);
  const consumers: SimulatedConsumer[] = [];
  for (const action of schedule.actions) clock.after(action.at, () => perform(action, world, consumers));
  await clock.advance(lastEnd(schedule) + 1);
  if (!consumers.some((one) => one.working)) consumers.push(new SimulatedConsumer(world, consumers.length));

  const finished = () =>
    world.logs.every((records, partition) =>
      records.length === 0 || world.group.committed.get(partition)?.offset === records.length
    );
  for (let waited = 0; waited < HEALED_MS && !finished(); waited += STEP_MS) await clock.advance(STEP_MS);
  for (const one of consumers) one.kill();
  if (world.mistakes.length > 0) return world.mistakes[0];
  if (!finished()) return `nothing moves: ${consumers.map((one) => one.describe()).join("; ")}`;
  const verdict = checkInvariants({
    faults: [],
    log,
    effects: world.effects,
    deadLetters: world.deadLetters,
    commits: world.group.commits,
    allowedRepeats: isCalm(schedule) ? 0 : Infinity,
  });
  return verdict.result === "pass" ? undefined : verdict.report;
}

/** How handlers are called. Of calm schedules half have handlers of many, and half of the others. */
function kindOf(seed: number): Pick<World, "calls" | "batch" | "handlerTimeoutMs" | "obeysSignals"> {
  const isImpatient = seed % 3 === 0; // there the slowest come too late, each time
  return {
    calls: seed % 4 < 2 ? "of-one" : seed % 8 < 4 ? "of-many" : "all-or-nothing",
    batch: { maxRecords: 1 + seed % 5, concurrency: 1 + seed % 3 },
    handlerTimeoutMs: isImpatient ? 4_000 : 30_000,
    obeysSignals: isImpatient,
  };
}

/** Only starts and stops: nobody may do anything twice. */
function isCalm({ actions, records }: Schedule): boolean {
  return actions.every((action) => action.do === "start" || action.do === "stop") &&
    records.every(({ behaviour }) =>
      behaviour.kind !== "always-fails" && behaviour.kind !== "fails-first" &&
      (behaviour.kind !== "succeeds" || behaviour.afterMs <= 3_000)
    );
}

function lastEnd({ actions, records }: Schedule): number {
  const ends = actions.map((action) => action.at + ("forMs" in action ? action.forMs : 0));
  return Math.max(0, ...ends, ...records.map(({ at }) => at));
}

/** Lets the records come to the log at their times; what the log will be in the end. */
function write(records: readonly PlannedRecord[], world: World): LogRecord[] {
  const offsets = world.logs.map(() => 0);
  const sequences = new Map<string, number>();
  return records.map(({ at, partition, key, behaviour }, index) => {
    const offset = offsets[partition]!++;
    const seq = sequences.get(key) ?? 0;
    sequences.set(key, seq + 1);
    const id = `order-${index}`;
    world.plans.set(id, { key, seq, behaviour });
    const record = {
      topic: world.topic,
      partition,
      offset,
      timestamp: 0,
      key: utf8.encode(key),
      value: utf8.encode(id),
      headers: [],
    };
    if (at === 0) world.logs[partition]!.push(record);
    else world.clock.after(at, () => world.logs[partition]!.push(record));
    return { partition, offset, id, key, seq };
  });
}

function perform(action: Action, world: World, consumers: SimulatedConsumer[]): void {
  switch (action.do) {
    case "start":
      consumers.push(new SimulatedConsumer(world, consumers.length));
      return;
    case "stop":
      return consumers[action.process]?.stop();
    case "kill":
      return consumers[action.process]?.kill();
    case "freeze":
      return consumers[action.process]?.freeze(action.forMs);
    default:
      world.down.add(action.do);
      world.clock.after(action.forMs, () => world.down.delete(action.do));
  }
}
