import { systemClock, systemRandom } from "../../lib/core/clock.ts";
import { asOperator } from "../harness/kafka_admin.ts";
import { place } from "../harness/ledger_history.ts";
import { produceRaw } from "../harness/raw_records.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { together } from "../harness/together.ts";
import { createTopic, until } from "../harness/topics.ts";
import { lastEnd, type PlannedWrite, planOf } from "../simulation/play.ts";
import type { Action, Schedule } from "../simulation/schedule.ts";
import { ScheduledConsumer } from "../simulation/scheduled_consumer.ts";
import { noteDeadLetter, type World } from "../simulation/world.ts";
import { type CommittedPosition, type Outcome, outcomeOf } from "./outcome.ts";
import { RealConnection } from "./real_connection.ts";
import type { Scenario } from "./scenarios.ts";

/** For everything to come to its end; nothing here is about speed. */
const FINISHED_MS = 120_000;
/** What is to come to no end is given the time to do so. */
const AND_NO_FURTHER_MS = 2_000;

/** Plays a scenario on a real broker, stops in order whoever is left, and tells what came of it. */
export async function realOutcome(
  stack: RealStack,
  { name, schedule, unfinished = 0 }: Scenario,
): Promise<Outcome> {
  const slug = name.replaceAll(/\W+/g, "-");
  const topic = await createTopic(stack, `worlds-${slug}`, schedule.partitions);
  const dlqTopic = await createTopic(stack, `worlds-${slug}-dlq`, schedule.partitions);
  const processes = schedule.actions.filter((action) => action.do === "start").length + 1;
  const connections = await together(
    Array.from(
      { length: processes },
      (_, index) =>
        RealConnection.open(`p${index}`, { stack, topic, dlqTopic, sessionMs: schedule.timing.sessionMs }),
    ),
  );
  try {
    const run = new RealRun({ stack, topic, schedule, unfinished, connections });
    const outcome = await run.play();
    await assertInTopic(stack, dlqTopic, run.world);
    return outcome;
  } finally {
    await together(connections.map((one) => one.close()));
  }
}

interface RunParts {
  readonly stack: RealStack;
  readonly topic: string;
  readonly schedule: Schedule;
  readonly unfinished: number;
  readonly connections: readonly RealConnection[];
}

class RealRun {
  readonly world: World;
  readonly #parts: RunParts;
  readonly #planned: readonly PlannedWrite[];
  readonly #consumers: ScheduledConsumer[] = [];

  constructor(parts: RunParts) {
    const { topic, schedule: { partitions, timing, handling, records }, connections } = parts;
    this.#parts = parts;
    this.#planned = planOf(records);
    const connectionOf = (process: { readonly name: string }) => connections[Number(process.name.slice(1))]!;
    this.world = {
      ...{ clock: systemClock, random: systemRandom, topic, partitions, timing, handling },
      plans: new Map(this.#planned.map(({ id, plan }) => [id, plan])),
      down: new Set(),
      effects: [],
      deadLetters: [],
      skipped: [],
      ends: [],
      mistakes: [],
      createMember: (process) => connectionOf(process).createMember,
      sendDeadLetter: async (record, process) => {
        await connectionOf(process).sendDeadLetter(record);
        noteDeadLetter(this.world, record);
        await process.answer(Promise.resolve()); // a process that is dead by now never hears of it
      },
    };
  }

  async play(): Promise<Outcome> {
    const { schedule } = this.#parts;
    const writing = this.#write();
    for (const action of schedule.actions) systemClock.after(action.at, () => this.#perform(action));
    await systemClock.sleep(schedule.endsAt ?? lastEnd(schedule) + 1);
    await writing;
    const goesOn = schedule.endsAt === undefined;
    if (goesOn && !this.#consumers.some((one) => one.working)) this.#start();
    const isOver = goesOn ? () => this.#isFinished() : () => this.#isAsFarAsItGets();
    await until("the end of everything", isOver, FINISHED_MS).catch((error) => {
      throw new Error(`${error.message}: ${this.#consumers.map((one) => one.describe()).join("; ")}`);
    });
    if (!goesOn) await systemClock.sleep(AND_NO_FURTHER_MS);
    await together(this.#consumers.filter(({ process }) => process.alive).map((one) => one.stop()));
    if (this.world.mistakes.length > 0) throw new Error(this.world.mistakes[0]);
    return outcomeOf(this.world, this.#planned, await this.#committed());
  }

  #start(): void {
    this.#consumers.push(new ScheduledConsumer(this.world, this.#consumers.length));
  }

  #perform(action: Action): void {
    const consumer = "process" in action ? this.#consumers[action.process] : undefined;
    const connection = "process" in action ? this.#parts.connections[action.process] : undefined;
    switch (action.do) {
      case "start":
        return this.#start();
      case "stop":
        return void consumer?.stop();
      case "kill":
        consumer?.kill();
        return consumer && connection?.cut();
      case "freeze":
        if (consumer === undefined || connection === undefined) return;
        connection.freeze();
        consumer.freeze(action.forMs);
        return void systemClock.after(action.forMs, () => connection.thaw());
      default:
        this.#trouble(action.do, true);
        systemClock.after(action.forMs, () => this.#trouble(action.do, false));
    }
  }

  #trouble(what: Action["do"], begins: boolean): void {
    if (begins) this.world.down.add(what);
    else this.world.down.delete(what);
    for (const one of this.#parts.connections) one.trouble(what, begins);
  }

  /** One after the other, so that each lies at the offset that the plan gives it. */
  async #write(): Promise<void> {
    const { stack, topic } = this.#parts;
    const startedAt = systemClock.monotonic();
    const due = [...this.#planned];
    while (due.length > 0) {
      const elapsed = systemClock.monotonic() - startedAt;
      const later = due.findIndex(({ at }) => at > elapsed);
      const now = due.splice(0, later === -1 ? due.length : later);
      if (now.length > 0) {
        await produceRaw(
          stack,
          topic,
          now.map(({ record: { headers: _, ...record } }) => record),
        );
      }
      if (due.length > 0) {
        await systemClock.sleep(Math.max(1, due[0]!.at - (systemClock.monotonic() - startedAt)));
      }
    }
  }

  async #isFinished(): Promise<boolean> {
    const wanted = Map.groupBy(this.#planned, ({ entry }) => entry.partition);
    const committed = await this.#committed();
    return [...wanted].every(([partition, records]) =>
      committed.find((one) => one.partition === partition)?.offset === records.length
    );
  }

  #isAsFarAsItGets(): boolean {
    return new Set(this.world.ends).size >= this.#planned.length - this.#parts.unfinished;
  }

  async #committed(): Promise<CommittedPosition[]> {
    const { stack, topic } = this.#parts;
    const [answer] = await asOperator(
      stack,
      (admin) => admin.fetchOffsets({ groupId: topic, topics: [topic] }),
    );
    return answer!.partitions.filter(({ offset }) => Number(offset) >= 0).map((one) => ({
      partition: one.partition,
      offset: Number(one.offset),
      metadata: one.metadata ?? "",
    }));
  }
}

/** What the processes say they have dead-lettered is in the topic, and nothing else. */
async function assertInTopic(stack: RealStack, dlqTopic: string, { deadLetters }: World): Promise<void> {
  const found = (await readRecords(stack, dlqTopic)).map(({ headers }) => {
    const fact = (name: string) => String(headers[`dlq.${name}`]);
    const origin = { partition: Number(fact("original_partition")), offset: Number(fact("original_offset")) };
    return `${place(origin)} ${fact("reason")} ${fact("attempts")}`;
  });
  const told = deadLetters.map((one) => `${place(one)} ${one.reason} ${one.attempts}`);
  const [there, missing] = [new Set(found), told.filter((one) => !found.includes(one))];
  const strangers = [...there].filter((one) => !told.includes(one));
  if (missing.length > 0 || strangers.length > 0) {
    throw new Error(
      `the dead letter topic lacks ${missing}, and holds ${strangers}, which nobody was told of`,
    );
  }
}
