import type { Clock } from "../core/clock.ts";
import type { PartitionLag } from "../kafka/ports.ts";

/** What ends a run by itself. */
export interface UntilIdleOptions {
  /** The group's lag; rejects when it cannot be told. */
  readonly lag: () => Promise<readonly PartitionLag[]>;
  /** End when the lag has been 0 for this long; undefined: never. */
  readonly idleMs: number | undefined;
  /** End when it took longer than this; undefined: never. */
  readonly maxWaitMs: number | undefined;
  /** Something happened after which going on would do harm. */
  readonly failed?: () => boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const POLL_MS = 500;
/** A broker that is frozen answers after minutes. */
const ANSWER_MS = 5_000;

/** Why a run ended. */
export type Ended = "stopped" | "idle" | "max-wait" | "failed";

/** Resolves when a run should end: stopped, idle for long enough, or out of time. */
export async function untilIdle(options: UntilIdleOptions): Promise<Ended> {
  const { lag, idleMs, maxWaitMs, failed = () => false, clock, signal } = options;
  const startedAt = clock.monotonic();
  let idleSince: number | undefined;
  while (!signal.aborted) {
    if (failed()) return "failed";
    const behind = idleMs === undefined ? undefined : await within(lag().then(total), { clock, signal });
    const now = clock.monotonic();
    if (behind === 0) idleSince ??= now;
    else idleSince = undefined;
    if (idleMs !== undefined && idleSince !== undefined && now - idleSince >= idleMs) return "idle";
    if (maxWaitMs !== undefined && now - startedAt >= maxWaitMs) return "max-wait";
    await clock.sleep(POLL_MS, signal).catch(() => {});
  }
  return "stopped";
}

/** The answer, or undefined when it does not come soon: what is unknown is not 0, and a stop does not wait for it. */
function within(
  asking: Promise<number>,
  { clock, signal }: Pick<UntilIdleOptions, "clock" | "signal">,
): Promise<number | undefined> {
  const over = new AbortController();
  const late = clock.sleep(ANSWER_MS, AbortSignal.any([signal, over.signal])).then(
    () => undefined,
    () => undefined,
  );
  return Promise.race([asking.catch(() => undefined), late]).finally(() => over.abort());
}

function total(lags: readonly PartitionLag[]): number {
  return lags.reduce((sum, { lag }) => sum + lag, 0);
}
