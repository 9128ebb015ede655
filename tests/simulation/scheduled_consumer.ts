import { Consumer } from "../../lib/consumer/consumer.ts";
import { Failure, permanent, unavailable } from "../../lib/core/failure.ts";
import type { ConsumerRecord, Message } from "../../lib/core/record.ts";
import { between } from "./seeded.ts";
import { SimulatedProcess } from "./simulated_process.ts";
import type { World } from "./world.ts";

const text = new TextDecoder();
const STOP_MS = 10_000;

/** One consumer process: the library's own `Consumer`, with a handler that does what the schedule says. */
export class ScheduledConsumer {
  readonly process: SimulatedProcess;
  readonly #world: World;
  readonly #consumer: Consumer<string>;
  readonly #attempts = new Map<string, number>();
  /** By key: what runs now. */
  readonly #running = new Map<string, { readonly id: string; readonly signal: AbortSignal }>();
  #stopping: Promise<boolean> | undefined;

  constructor(world: World, index: number) {
    this.#world = world;
    const { timing } = world;
    const process = this.process = new SimulatedProcess(`p${index}`, world.clock);
    this.#consumer = new Consumer<string>({
      groupId: "group",
      createMember: world.createMember(process),
      decode: (value) => this.#decode(text.decode(value)),
      keyOf: (id) => world.plans.get(id)!.key,
      handle: (message, { signal }) => this.#handle(message, signal),
      deadLetters: {
        topic: "dead",
        partitions: world.partitions,
        send: (record) => world.sendDeadLetter(record, process),
      },
      sessionTimeoutMs: timing.sessionMs,
      backoff: { firstMs: timing.backoffMs, maxMs: 30_000, jitter: 0.2 },
      breaker: { failureThreshold: 5, resetMs: timing.breakerMs },
      events: { finished: (record, { kind }) => kind === "skipped" && this.#skipped(record) },
      clock: process.clock,
      random: world.random,
    });
    this.#consumer.start();
  }

  /** Whether it can be counted on to finish the work. */
  get working(): boolean {
    return this.process.alive && this.#stopping === undefined;
  }

  /** Stops in order, once; resolves when it has. One that was killed never does. */
  stop(): Promise<boolean> {
    return this.#stopping ??= new Promise((resolve) =>
      this.process.turn(() => void this.#consumer.stop(STOP_MS).then(resolve))
    );
  }

  kill(): void {
    this.process.kill();
  }

  freeze(forMs: number): void {
    this.process.freeze();
    this.#world.clock.after(forMs, () => this.process.goOn());
  }

  describe(): string {
    const { alive, frozen, name } = this.process;
    return `${name} ${alive ? frozen ? "frozen" : JSON.stringify(this.#consumer.status()) : "killed"}`;
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
      mistakes.push(`${this.process.name} runs ${id} while it runs ${other.id} of the same ${key}`);
    }
    if (signal.aborted) mistakes.push(`${this.process.name} begins ${id} although its partition is lost`);
    this.#running.set(key, { id, signal });
    try {
      await this.process.clock.sleep(
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
    const { effects, ends, clock } = this.#world;
    const { partition, offset } = record;
    const applied = !effects.some((effect) => effect.id === id);
    ends.push(id);
    effects.push({
      kind: "effect",
      at: clock.monotonic(),
      run: this.process.name,
      id,
      key,
      seq,
      partition,
      offset,
      applied,
    });
  }

  #skipped({ partition, offset, key }: ConsumerRecord): void {
    this.#world.skipped.push({ partition, offset });
    this.#world.ends.push(text.decode(key!));
  }
}
