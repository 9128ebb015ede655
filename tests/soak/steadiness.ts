/** A value of something that should not grow, and when it was seen. */
export interface Seen {
  /** Milliseconds. */
  readonly at: number;
  readonly value: number;
}

const MINUTE_MS = 60_000;

/**
 * The least value of each minute, each with the middle of its minute: what comes and goes with the work is left out, what
 * stays is left. A last minute that is not whole does not count.
 */
export function floors(seen: readonly Seen[]): Seen[] {
  const from = seen[0]?.at ?? 0;
  const to = seen.at(-1)?.at ?? 0;
  const minutes = Map.groupBy(seen, ({ at }) => Math.floor((at - from) / MINUTE_MS));
  const whole = Math.floor((to - from) / MINUTE_MS);
  return [...minutes].filter(([minute]) => minute < whole).map(([minute, all]) => ({
    at: from + (minute + 0.5) * MINUTE_MS,
    value: Math.min(...all.map(({ value }) => value)),
  }));
}

/**
 * By how much values grow in a minute: the median of the slopes between every two of them (Theil and Sen), which a few
 * strange ones do not move. 0 for fewer than two.
 */
export function growthPerMinute(values: readonly Seen[]): number {
  const slopes = values.flatMap((one, index) =>
    values.slice(index + 1).map((later) => (later.value - one.value) / (later.at - one.at))
  ).sort((a, b) => a - b);
  if (slopes.length === 0) return 0;
  const [low, high] = [Math.floor, Math.ceil].map((round) => slopes[round((slopes.length - 1) / 2)]!);
  return (low! + high!) / 2 * MINUTE_MS;
}
