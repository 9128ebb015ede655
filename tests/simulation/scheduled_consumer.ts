import { Consumer } from "../../lib/consumer/consumer.ts";
import type { ConsumerOptions } from "../../lib/consumer/consumer_options.ts";
import type { ConsumerEvents } from "../../lib/consumer/events.ts";
import type { BatchMessage } from "../../lib/consumer/handler.ts";
import { Failure, permanent, unavailable } from "../../lib/core/failure.ts";
import type { ConsumerRecord } from "../../lib/core/record.ts";
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
      ...this.#handler(),
      deadLetters: {
        topic: "dead",
        partitions: world.partitions,
        send: (record) => world.sendDeadLetter(record, process),
      },
      sessionTimeoutMs: timing.sessionMs,
      backoff: { firstMs: timing.backoffMs, maxMs: 30_000, jitter: 0.2 },
      breaker: { failureThreshold: 5, resetMs: timing.breakerMs },
      events: this.#observers(),
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

  #handler(): Pick<
    ConsumerOptions<string>,
    "handle" | "handleBatch" | "batch" | "handlerTimeoutMs"
  > {
    const { calls = "of-one", batch = {}, handlerTimeoutMs = 30_000 } = this.#world.handling ?? {};
    if (calls === "of-one") {
      return { handlerTimeoutMs, handle: (message, { signal }) => this.#handle([{ ...message, signal }]) };
    }
    const options = { handlerTimeoutMs, batch };
    if (calls === "all-or-nothing") return { ...options, handleBatch: (messages) => this.#handle(messages) };
    const failureOf = (error: unknown) => error;
    return {
      ...options,
      handleBatch: (messages) =>
        Promise.all(messages.map((one) => this.#handle([one]).then(() => undefined, failureOf))),
    };
  }

  /** Observers that throw every third time: what they are told of must go on as if they had not. */
  #observers(): ConsumerEvents {
    let told = 0;
    const observe = () => {
      if (++told % 3 === 0) throw new Error("an observer's own mistake");
    };
    return {
      handled: observe,
      failed: observe,
      retried: observe,
      finished: (record, { kind }) => {
        if (kind === "skipped") this.#skipped(record);
        observe();
      },
      deadLetterFailed: observe,
      breaker: observe,
      committed: observe,
      commitFailed: observe,
      rebalanced: observe,
      restarting: observe,
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
      mistakes.push(`${this.process.name} runs ${id} while it runs ${other.id} of the same ${key}`);
    }
    if (signal.aborted) mistakes.push(`${this.process.name} begins ${id} although its partition is lost`);
    this.#running.set(key, { id, signal });
  }

  /** Takes its time, and throws where this try fails. */
  async #judge({ value: id, signal }: Pick<BatchMessage<string>, "value" | "signal">): Promise<void> {
    const { plans, down, random, handling } = this.#world;
    const { behaviour } = plans.get(id)!;
    await this.process.clock.sleep(
      behaviour.kind === "succeeds" ? behaviour.afterMs : between(random, 1, 30),
      handling?.obeysSignals ? signal : undefined,
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
    const { effects, ends, clock, plans } = this.#world;
    const { key, seq } = plans.get(id)!;
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
