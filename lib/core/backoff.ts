import type { Random } from "./clock.ts";

/** How long to wait between tries. */
export interface BackoffOptions {
  /** The first wait; each further one is twice the one before. */
  readonly firstMs: number;
  /** No wait is longer than this, before jitter. */
  readonly maxMs: number;
  /** The share that chance may add: 0.2 makes 1,000 ms last 1,000–1,200 ms. Never shortens a wait. */
  readonly jitter: number;
}

/** The seed's retry: 1 s, 2 s, 4 s …, at most 30 s, up to a fifth longer by chance. */
export const RETRY_BACKOFF: BackoffOptions = { firstMs: 1_000, maxMs: 30_000, jitter: 0.2 };

/** The wait after the `failures`-th failure in a row (1 is the first). */
export function backoffMs(failures: number, options: BackoffOptions, random: Random): number {
  const doubled = options.firstMs * 2 ** Math.min(Math.max(failures, 1) - 1, 30);
  return Math.round(Math.min(doubled, options.maxMs) * (1 + options.jitter * random()));
}
