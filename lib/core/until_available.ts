import { backoffMs } from "./backoff.ts";
import type { Clock, Random } from "./clock.ts";
import { toFailure } from "./failure.ts";

/** How long to wait for something that may be down. */
export interface UntilAvailableOptions {
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  /** Told of every try that found it unavailable. */
  readonly onWait?: (message: string, tries: number) => void;
}

/**
 * Tries again while the answer is `unavailable`, for `timeoutMs` at most. Rejects at once with any other failure,
 * and with the last one when the time is over.
 */
export async function untilAvailable<R>(ask: () => Promise<R>, options: UntilAvailableOptions): Promise<R> {
  const { timeoutMs, clock, random, signal, onWait } = options;
  const until = clock.monotonic() + timeoutMs;
  for (let tries = 1;; tries++) {
    try {
      return await ask();
    } catch (error) {
      const failure = toFailure(error);
      const leftMs = until - clock.monotonic();
      if (failure.kind !== "unavailable" || leftMs <= 0 || signal?.aborted) throw failure;
      onWait?.(failure.message, tries);
      await clock.sleep(
        Math.min(backoffMs(tries, { firstMs: 500, maxMs: 5_000, jitter: 0.2 }, random), leftMs),
        signal,
      );
    }
  }
}
