import type { Clock } from "../core/clock.ts";
import { coordinates, type TopicPartition } from "../core/record.ts";
import type { SendRefusal } from "../kafka/ports.ts";
import { getLogger } from "../ops/log.ts";

/** After this long without an answer it is said that there is none. */
const SLOW_MS = 5_000;

const log = getLogger("producer");

/** Says that a batch waits, and why as soon as that is known, and at the end for how long it did. */
export class SlowBatchLines {
  readonly #target: TopicPartition;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #cancel: () => void;
  readonly #said = new Set<string>();

  constructor(target: TopicPartition, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#cancel = clock.after(SLOW_MS, () => this.#sayOnce("slow", `no answer for ${SLOW_MS / 1_000} s`));
  }

  /** A try failed, and there will be another. */
  because({ code, message }: SendRefusal): void {
    this.#sayOnce(code, `${code}: ${message}`);
  }

  /** Nothing more will be said. */
  end(): void {
    this.#cancel();
  }

  /** The batch is in the log. */
  taken(): void {
    if (this.#said.size === 0) return;
    const seconds = ((this.#clock.monotonic() - this.#startedAt) / 1_000).toFixed(1);
    log.info(`${coordinates(this.#target)} took its records after ${seconds} s`);
  }

  #sayOnce(reason: string, why: string): void {
    if (this.#said.has(reason)) return;
    this.#said.add(reason);
    log.warn(`${coordinates(this.#target)} does not take records: ${why}; trying until it does`);
  }
}
