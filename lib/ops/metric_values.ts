/**
 * The numbers themselves: plain fields, so that counting costs next to nothing where it happens a hundred
 * thousand times a second. `/metrics` and the summary at exit both read these.
 */

/** Upper bounds of the buckets of every duration, in seconds. */
export const DURATION_BUCKETS = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.075,
  0.1,
  0.25,
  0.5,
  0.75,
  1,
  2.5,
  5,
  7.5,
  10,
] as const;

/** The most values that one label takes; what comes after them is counted as `other`. */
export const MAX_LABEL_VALUES = 16;

/** A number that only rises. */
export class CounterValue {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  inc(by = 1): void {
    this.#value += by;
  }
}

/** A number that goes up and down. */
export class GaugeValue {
  value = 0;

  set(value: number): void {
    this.value = value;
  }
  inc(by = 1): void {
    this.value += by;
  }
  dec(by = 1): void {
    this.value -= by;
  }
}

/** A counter per value of one label, with a bound on how many values there are. */
export class LabelledCounter {
  readonly #children = new Map<string, CounterValue>();

  /** @param known values that exist, at 0, from the start. */
  constructor(known: readonly string[] = []) {
    for (const label of known.slice(0, MAX_LABEL_VALUES)) this.#children.set(label, new CounterValue());
  }

  /** The sum over all values of the label. */
  get value(): number {
    let sum = 0;
    for (const child of this.#children.values()) sum += child.value;
    return sum;
  }

  inc(label: string, by = 1): void {
    this.child(label).inc(by);
  }

  /** The counter of one value of the label, to keep where it is counted often. */
  child(label: string): CounterValue {
    let child = this.#children.get(label);
    if (child === undefined) {
      const bounded = this.#children.size < MAX_LABEL_VALUES || label === "other" ? label : "other";
      child = this.#children.get(bounded) ?? new CounterValue();
      this.#children.set(bounded, child);
    }
    return child;
  }

  entries(): [label: string, value: number][] {
    return [...this.#children].map(([label, child]) => [label, child.value]);
  }
}

/** A gauge per value of one label. Beyond `maxLabels` values the rest is shown as one sum, `other`. */
export class LabelledGauge {
  readonly #values = new Map<string, number>();

  constructor(known: readonly string[] = [], readonly maxLabels: number = MAX_LABEL_VALUES) {
    for (const label of known) this.#values.set(label, 0);
  }

  get value(): number {
    let sum = 0;
    for (const value of this.#values.values()) sum += value;
    return sum;
  }

  set(label: string | number, value: number): void {
    this.#values.set(String(label), value);
  }

  /** Takes the series away, as for a partition that went to someone else. */
  delete(label: string | number): void {
    this.#values.delete(String(label));
  }

  clear(): void {
    this.#values.clear();
  }

  entries(): [label: string, value: number][] {
    const all = [...this.#values];
    if (all.length <= this.maxLabels) return all;
    const rest = all.slice(this.maxLabels).reduce((sum, [, value]) => sum + value, 0);
    return [...all.slice(0, this.maxLabels), ["other", rest]];
  }
}

/** What a summary says about durations, in seconds. */
export interface DurationSummary {
  readonly count: number;
  readonly avg: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Durations, counted in the buckets of {@linkcode DURATION_BUCKETS}. */
export class HistogramValue {
  /** How many fell into each bucket; the last one is above all bounds. Not cumulative. */
  readonly counts: Float64Array = new Float64Array(DURATION_BUCKETS.length + 1);
  count = 0;
  sum = 0;
  #max = 0;

  /** @param enabled false makes {@linkcode observe} do nothing. */
  constructor(readonly enabled: boolean = true) {}

  /** Counts `times` durations of `seconds`; a negative one (a clock set back) counts as 0, NaN not at all. */
  observe(seconds: number, times = 1): void {
    if (!this.enabled || Number.isNaN(seconds)) return;
    const value = seconds > 0 ? seconds : 0;
    let bucket = 0;
    while (bucket < DURATION_BUCKETS.length && value > DURATION_BUCKETS[bucket]!) bucket++;
    this.counts[bucket]! += times;
    this.count += times;
    this.sum += value * times;
    if (value > this.#max) this.#max = value;
  }

  /** Average and quantiles; the quantiles are interpolated inside their bucket. All 0 before the first value. */
  summary(): DurationSummary {
    return {
      count: this.count,
      avg: this.count === 0 ? 0 : this.sum / this.count,
      p50: this.#quantile(0.5),
      p95: this.#quantile(0.95),
      p99: this.#quantile(0.99),
    };
  }

  #quantile(share: number): number {
    if (this.count === 0) return 0;
    const rank = share * this.count;
    let below = 0;
    for (let bucket = 0; bucket < this.counts.length; bucket++) {
      const inside = this.counts[bucket]!;
      if (inside > 0 && below + inside >= rank) {
        const from = bucket === 0 ? 0 : DURATION_BUCKETS[bucket - 1]!;
        const to = Math.min(DURATION_BUCKETS[bucket] ?? this.#max, this.#max);
        return from + Math.max(0, to - from) * (rank - below) / inside;
      }
      below += inside;
    }
    return this.#max;
  }
}
