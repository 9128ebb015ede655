import type { Clock } from "@orderline/lib/core/clock";

/** The longest time between two acknowledgements of a partition, the one that is running included. */
export class StallWatch {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #lastAt: number[];
  #longestMs: number[];

  constructor(partitions: number, clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
    this.#lastAt = Array.from({ length: partitions }, () => clock.monotonic());
    this.#longestMs = this.#lastAt.map(() => 0);
  }

  /** A record of this partition was acknowledged, just now. */
  acked(partition: number): void {
    const now = this.#clock.monotonic();
    this.#longestMs[partition] = Math.max(this.#longestMs[partition]!, now - this.#lastAt[partition]!);
    this.#lastAt[partition] = now;
  }

  /** Forgets what was longest; a stall that has begun counts from its beginning. */
  reset(): void {
    this.#longestMs = this.#longestMs.map(() => 0);
  }

  /** The longest since the last reset, of any partition. */
  get longestMs(): number {
    const now = this.#clock.monotonic();
    return Math.max(
      ...this.#longestMs.map((longest, partition) => Math.max(longest, now - this.#lastAt[partition]!)),
    );
  }

  /** Whether every partition has acknowledged something since this moment of the monotonic clock. */
  allSince(at: number): boolean {
    return this.#lastAt.every((last) => last > at);
  }
}
