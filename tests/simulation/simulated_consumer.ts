import { Consumer } from "../../lib/consumer/consumer.ts";
import type { ConsumerOptions } from "../../lib/consumer/consumer_options.ts";
import { Failure, permanent, unavailable } from "../../lib/core/failure.ts";
import type { ConsumerRecord, Message, ProducerRecord } from "../../lib/core/record.ts";
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
  /** Whether handlers take many messages at once. */
  readonly inBatches: boolean;
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
    if (!this.#world.inBatches) return { handle: (message, { signal }) => this.#handle(message, signal) };
    const failureOf = (error: unknown) => error;
    return {
      handleBatch: (messages) =>
        Promise.all(messages.map((one) => this.#handle(one, one.signal).then(() => undefined, failureOf))),
    };
  }

  #decode(id: string): string {
    if (this.#world.plans.get(id)!.behaviour.kind === "undecodable") {
      throw permanent("undecodable", "foreign bytes");
    }
    return id;
  }

  async #handle({ value: id, record }: Message<string>, signal: AbortSignal): Promise<void> {
    const { plans, down, mistakes, random } = this.#world;
    const { key, seq, behaviour } = plans.get(id)!;
    const other = this.#running.get(key);
    // What still runs for a partition that was lost was told to end; its result is dropped.
    if (other !== undefined && !other.signal.aborted) {
      mistakes.push(`${this.#process.name} runs ${id} while it runs ${other.id} of the same ${key}`);
    }
    if (signal.aborted) mistakes.push(`${this.#process.name} begins ${id} although its partition is lost`);
    this.#running.set(key, { id, signal });
    try {
      await this.#process.clock.sleep(
        behaviour.kind === "succeeds" ? behaviour.afterMs : between(random, 1, 30),
      );
      if (down.has("dependency-down")) throw unavailable("the dependency is down");
      const attempt = (this.#attempts.get(id) ?? 0) + 1;
      this.#attempts.set(id, attempt);
      if (behaviour.kind === "refused") throw permanent("refused", "never");
      if (
        behaviour.kind === "always-fails" || behaviour.kind === "fails-first" && attempt <= behaviour.times
      ) {
        throw new Failure("retriable", "unknown", "failed");
      }
      this.#effect({ id, key, seq, record });
    } finally {
      if (this.#running.get(key)?.id === id) this.#running.delete(key);
    }
  }

  /** The sink knows repeats, as the order store does. */
  #effect({ id, key, seq, record }: { id: string; key: string; seq: number; record: ConsumerRecord }): void {
    const { effects, clock } = this.#world;
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
