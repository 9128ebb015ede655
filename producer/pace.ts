import type { Clock } from "@orderline/lib/core/clock";

/** Hands out turns at an average rate. */
export interface Pace {
  /** Resolves when it is the caller's turn; rejects with the signal's reason when it aborts. */
  next(): Promise<void>;
}

interface PaceOptions {
  /** Turns a second, above 0; may be a fraction. */
  readonly perSecond: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** What a caller that was held up may catch up at once; anything older is let go. */
const MAX_BURST_MS = 100;

/**
 * A rate limiter that keeps to a schedule, so that late timers do not add up: the `n`-th turn is due `n`
 * intervals after the first. Only a delay of more than 100 ms moves the schedule.
 */
export function pace({ perSecond, clock, signal }: PaceOptions): Pace {
  if (!(perSecond > 0)) throw new RangeError(`perSecond must be above 0, is ${perSecond}`);
  const intervalMs = 1_000 / perSecond;
  let due = clock.monotonic();
  return {
    async next(): Promise<void> {
      signal?.throwIfAborted();
      const now = clock.monotonic();
      const turn = Math.max(due, now - MAX_BURST_MS);
      due = turn + intervalMs;
      if (turn > now) await clock.sleep(turn - now, signal);
    },
  };
}
