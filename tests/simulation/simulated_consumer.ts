import type { BatchOptions } from "../../lib/consumer/batches.ts";
import { Consumer } from "../../lib/consumer/consumer.ts";
import type { ConsumerOptions } from "../../lib/consumer/consumer_options.ts";
import type { ConsumerEvents } from "../../lib/consumer/events.ts";
import type { BatchMessage } from "../../lib/consumer/handler.ts";
import { Failure, permanent, unavailable } from "../../lib/core/failure.ts";
import type { ConsumerRecord, ProducerRecord } from "../../lib/core/record.ts";
import type { TestClock } from "../../lib/testing/test_clock.ts";
import type { DeadLetterRecord, EffectEntry } from "../harness/ledger.ts";
import type { Action, Behaviour } from "./schedule.ts";
import { between } from "./seeded.ts";
import type { SimulatedGroup } from "./simulated_group.ts";
import { SimulatedMember } from "./simulated_member.ts";
import { SimulatedProcess } from "./simulated_process.ts";

/** What a record stands for. */
export interface Plan {
  readonly key: string;
  readonly seq: number;
  readonly behaviour: Behaviour;
}

/** Everything outside of the processes. */
export interface World {
  readonly clock: TestClock;
  readonly random: () => number;
  readonly topic: string;
  readonly logs: ConsumerRecord[][];
  /** By order id, which is the record's value. */
  readonly plans: Map<string, Plan>;
  readonly group: SimulatedGroup;
  readonly sessionTimeoutMs: number;
  /** One message at a time, or many: then each ends for itself, or all of them together, as in one transaction. */
  readonly calls: "of-one" | "of-many" | "all-or-nothing";
  readonly batch: BatchOptions;
  readonly handlerTimeoutMs: number;
  /** Whether handlers end without an effect when they are told to; the others go on as if nothing were. */
  readonly obeysSignals: boolean;
  /** What is out of order now. */
  readonly down: Set<Action["do"]>;
  readonly effects: EffectEntry[];
  readonly deadLetters: DeadLetterRecord[];
  /** What a process did that none may do, whatever happens to it. */
  readonly mistakes: string[];
}

const text = new TextDecoder();
const STOP_MS = 10_000;

/** One consumer process: the library's own `Consumer`, with a handler whose effects are written down. */
export class SimulatedConsumer {
  readonly #world: World;
  readonly #process: SimulatedProcess;
  readonly #consumer: Consumer<string>;
  readonly #attempts = new Map<string, number>();
  /** By key: what runs now. */
  readonly #running = new Map<string, { readonly id: string; readonly signal: AbortSignal }>();
  #stopping = false;

  constructor(world: World, index: number) {
    this.#world = world;
    const process = this.#process = new SimulatedProcess(`p${index}`, world.clock);
    let members = 0;
    this.#consumer = new Consumer<string>({
      groupId: "group",
      createMember: (listener) =>
        new SimulatedMember({
          id: `${process.name}.${members++}`,
          topic: world.topic,
          group: world.group,
          logs: world.logs,
          process,
          random: world.random,
          commitFault: () =>
            world.down.has("commits-refused")
              ? "refused"
              : world.down.has("commit-answers-lost")
              ? "answer-lost"
              : "none",
        }, listener),
      decode: (value) => this.#decode(text.decode(value)),
      keyOf: (id) => world.plans.get(id)!.key,
      ...this.#handler(),
      batch: world.batch,
      handlerTimeoutMs: world.handlerTimeoutMs,
      events: throwing(),
      deadLetters: {
        topic: "dead",
        partitions: world.logs.length,
        send: (record) => this.#deadLetter(record),
      },
      sessionTimeoutMs: world.sessionTimeoutMs,
      breaker: { failureThreshold: 5, resetMs: 5_000 },
      clock: process.clock,
      random: world.random,
    });
    this.#consumer.start();
  }

  /** Whether it can be counted on to finish the work. */
  get working(): boolean {
    return this.#process.alive && !this.#stopping;
  }

  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#process.turn(() => void this.#consumer.stop(STOP_MS));
  }

  kill(): void {
    this.#process.kill();
  }

  freeze(forMs: number): void {
    this.#process.freeze();
    this.#world.clock.after(forMs, () => this.#process.goOn());
  }

  describe(): string {
    const { alive, frozen, name } = this.#process;
    return `${name} ${alive ? frozen ? "frozen" : JSON.stringify(this.#consumer.status()) : "killed"}`;
  }

  #handler(): Pick<ConsumerOptions<string>, "handle" | "handleBatch"> {
    const { calls } = this.#world;
    if (calls === "of-one") {
      return { handle: (message, { signal }) => this.#handle([{ ...message, signal }]) };
    }
    if (calls === "all-or-nothing") return { handleBatch: (messages) => this.#handle(messages) };
    const failureOf = (error: unknown) => error;
    return {
      handleBatch: (messages) =>
        Promise.all(messages.map((one) => this.#handle([one]).then(() => undefined, failureOf))),
    };
  }

  #decode(id: string): string {
    if (this.#world.plans.get(id)!.behaviour.kind === "undecodable") {
      throw permanent("undecodable", "foreign bytes");
    }
    return id;
  }

  /** Takes effect for all of these, or for none. */
  async #handle(
    messages: readonly Pick<BatchMessage<string>, "value" | "record" | "signal">[],
  ): Promise<void> {
    for (const { value: id, signal } of messages) this.#begin(id, signal);
    try {
      const ends = await Promise.allSettled(messages.map((one) => this.#judge(one)));
      const failed = ends.find((end) => end.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      for (const { value: id, record } of messages) this.#effect(id, record);
    } finally {
      for (const { value: id } of messages) {
        const { key } = this.#world.plans.get(id)!;
        if (this.#running.get(key)?.id === id) this.#running.delete(key);
      }
    }
  }

  #begin(id: string, signal: AbortSignal): void {
    const { plans, mistakes } = this.#world;
    const { key } = plans.get(id)!;
    const other = this.#running.get(key);
    // What still runs for a partition that was lost was told to end; its result is dropped.
    if (other !== undefined && !other.signal.aborted) {
      mistakes.push(`${this.#process.name} runs ${id} while it runs ${other.id} of the same ${key}`);
    }
    if (signal.aborted) mistakes.push(`${this.#process.name} begins ${id} although its partition is lost`);
    this.#running.set(key, { id, signal });
  }

  /** Takes its time, and throws where this try fails. */
  async #judge({ value: id, signal }: Pick<BatchMessage<string>, "value" | "signal">): Promise<void> {
    const { plans, down, random, obeysSignals } = this.#world;
    const { behaviour } = plans.get(id)!;
    await this.#process.clock.sleep(
      behaviour.kind === "succeeds" ? behaviour.afterMs : between(random, 1, 30),
      obeysSignals ? signal : undefined,
    );
    if (down.has("dependency-down")) throw unavailable("the dependency is down");
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    if (behaviour.kind === "refused") throw permanent("refused", "never");
    if (behaviour.kind === "always-fails" || behaviour.kind === "fails-first" && attempt <= behaviour.times) {
      throw new Failure("retriable", "unknown", "failed");
    }
  }

  /** The sink knows repeats, as the order store does. */
  #effect(id: string, record: ConsumerRecord): void {
    const { effects, clock, plans } = this.#world;
    const { key, seq } = plans.get(id)!;
    const { partition, offset } = record;
    const applied = !effects.some((effect) => effect.id === id);
    effects.push({
      kind: "effect",
      at: clock.monotonic(),
      run: this.#process.name,
      id,
      key,
      seq,
      partition,
      offset,
      applied,
    });
  }

  async #deadLetter({ headers = [] }: ProducerRecord): Promise<void> {
    const { random, down, deadLetters, clock: outside } = this.#world;
    const { clock } = this.#process;
    await clock.sleep(between(random, 1, 20));
    if (down.has("dead-letters-down")) throw unavailable("the dead letter topic does not answer");
    const fact = (name: string) => Number(text.decode(headers.find(([one]) => one === `dlq.${name}`)![1]));
    const place = { partition: fact("original_partition"), offset: fact("original_offset") };
    deadLetters.push({ ...place, at: outside.monotonic() });
    await clock.sleep(between(random, 1, 20));
  }
}

/** Observers that throw every third time: what they are told of must go on as if they had not. */
function throwing(): ConsumerEvents {
  let told = 0;
  const observe = () => {
    if (++told % 3 === 0) throw new Error("an observer's own mistake");
  };
  return {
    handled: observe,
    failed: observe,
    retried: observe,
    finished: observe,
    deadLetterFailed: observe,
    breaker: observe,
    committed: observe,
    commitFailed: observe,
    rebalanced: observe,
    restarting: observe,
  };
}
