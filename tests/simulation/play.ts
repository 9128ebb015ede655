import type { ConsumerRecord } from "../../lib/core/record.ts";
import type { LogRecord } from "../harness/ledger.ts";
import type { Action, PlannedRecord, Schedule } from "./schedule.ts";
import { ScheduledConsumer } from "./scheduled_consumer.ts";
import { type SimulatedWorld, simulatedWorld } from "./simulated_world.ts";
import type { Plan } from "./world.ts";

/** After the last action everything works again; by then all must be at its end. */
const HEALED_MS = 240_000;
const STEP_MS = 1_000;
const utf8 = new TextEncoder();

/** A schedule that was played in virtual time to its end, or for as long as patience lasted. */
export interface Play {
  readonly world: SimulatedWorld;
  readonly consumers: readonly ScheduledConsumer[];
  /** What the log holds in the end. */
  readonly log: readonly LogRecord[];
  readonly finished: boolean;
}

/** Plays a schedule in virtual time. Where nobody is left to finish the work, one more process is started. */
export async function play(schedule: Schedule): Promise<Play> {
  const planned = planOf(schedule.records);
  const world = simulatedWorld(schedule, new Map(planned.map(({ id, plan }) => [id, plan])));
  for (const { at, record } of planned) {
    const log = world.logs[record.partition]!;
    if (at === 0) log.push({ ...record, topic: world.topic });
    else world.clock.after(at, () => log.push({ ...record, topic: world.topic }));
  }
  const consumers: ScheduledConsumer[] = [];
  for (const action of schedule.actions) {
    world.clock.after(action.at, () => perform(action, world, consumers));
  }
  const log = planned.map(({ entry }) => entry);
  await world.clock.advance(schedule.endsAt ?? lastEnd(schedule) + 1);
  if (schedule.endsAt !== undefined) return { world, consumers, log, finished: false };
  if (!consumers.some((one) => one.working)) consumers.push(new ScheduledConsumer(world, consumers.length));
  const finished = () =>
    world.logs.every((records, partition) =>
      records.length === 0 || world.group.committed.get(partition)?.offset === records.length
    );
  for (let waited = 0; waited < HEALED_MS && !finished(); waited += STEP_MS) {
    await world.clock.advance(STEP_MS);
  }
  return { world, consumers, log, finished: finished() };
}

/** A record as it is written, when, and what it stands for. */
export interface PlannedWrite {
  readonly at: number;
  readonly id: string;
  readonly plan: Plan;
  readonly entry: LogRecord;
  readonly record: Omit<ConsumerRecord, "topic">;
}

/** What a schedule writes, in the order of writing; of each partition that is the order of its offsets. */
export function planOf(records: readonly PlannedRecord[]): PlannedWrite[] {
  const offsets = new Map<number, number>();
  const sequences = new Map<string, number>();
  return records.map(({ at, partition, key, behaviour }, index): PlannedWrite => {
    const offset = offsets.get(partition) ?? 0;
    offsets.set(partition, offset + 1);
    const seq = sequences.get(key) ?? 0;
    sequences.set(key, seq + 1);
    const isTombstone = behaviour.kind === "tombstone";
    const id = isTombstone ? `tombstone-${index}` : `order-${index}`;
    const own = isTombstone ? id : key; // it says nothing but its key, by which it must be known
    return {
      at,
      id,
      plan: { key: own, seq, behaviour },
      entry: { partition, offset, id, key: own, seq },
      record: {
        partition,
        offset,
        timestamp: 0,
        key: utf8.encode(own),
        value: isTombstone ? null : utf8.encode(id),
        headers: [],
      },
    };
  });
}

/** When the last action is over and the last record written. */
export function lastEnd({ actions, records }: Pick<Schedule, "actions" | "records">): number {
  const ends = actions.map((action) => action.at + ("forMs" in action ? action.forMs : 0));
  return Math.max(0, ...ends, ...records.map(({ at }) => at));
}

function perform(action: Action, world: SimulatedWorld, consumers: ScheduledConsumer[]): void {
  switch (action.do) {
    case "start":
      consumers.push(new ScheduledConsumer(world, consumers.length));
      return;
    case "stop":
      return void consumers[action.process]?.stop();
    case "kill":
      return consumers[action.process]?.kill();
    case "freeze":
      return consumers[action.process]?.freeze(action.forMs);
    default:
      world.down.add(action.do);
      world.clock.after(action.forMs, () => world.down.delete(action.do));
  }
}
