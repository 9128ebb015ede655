import { systemClock } from "@orderline/lib/core/clock";

const EVERY_MS = 50;

/**
 * How late this process' timers come at most. On a machine that is too busy for its own tests to run, a consumer in time
 * cannot be expected either.
 */
export class LoopLag {
  #longestMs = 0;
  #lastAt = systemClock.monotonic();
  readonly #stop = systemClock.every(EVERY_MS, () => {
    const now = systemClock.monotonic();
    this.#longestMs = Math.max(this.#longestMs, now - this.#lastAt - EVERY_MS);
    this.#lastAt = now;
  });

  /** Stops measuring; the longest, in milliseconds. */
  end(): number {
    this.#stop();
    return Math.max(this.#longestMs, systemClock.monotonic() - this.#lastAt - EVERY_MS);
  }
}
