/** Between what the median of all that could be measured lies, as sure as asked for. */
export interface MedianBounds {
  /** How many values. */
  readonly count: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The median of a sample, and the bounds of the true one: those of its values which so many coins would fall between.
 * Asks nothing of how the values are spread. `low` and `high` are infinite while there are too few values to tell.
 *
 * @param confidence how sure: 0.95 is wrong once in twenty times.
 */
export function medianBounds(values: readonly number[], confidence = 0.95): MedianBounds {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  const middle = (sorted[Math.floor((count - 1) / 2)]! + sorted[Math.ceil((count - 1) / 2)]!) / 2;
  // The largest number of values that may be left out at each end.
  let left = -1;
  let chance = 0.5 ** count; // that none of `count` coins shows heads
  for (let below = chance; 2 * below <= 1 - confidence; below += chance) {
    left++;
    chance *= (count - left) / (left + 1);
  }
  return {
    count,
    median: middle,
    low: left < 0 ? -Infinity : sorted[left]!,
    high: left < 0 ? Infinity : sorted[count - 1 - left]!,
  };
}
