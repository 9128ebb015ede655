/** What a peer's process measures. Time comes in as an argument, milliseconds that only rise. */
import type { Measured, Waits } from "./job.ts";
import type { ReadCount } from "./peer.ts";
import { percentile } from "./statistics.ts";

type Now = () => number;

/** Counts what was read, and times it from the moment the partitions were assigned to the last record. */
export class TimedCount implements ReadCount {
  readonly #target: number;
  readonly #now: Now;
  readonly #done = Promise.withResolvers<void>();
  readonly done: Promise<void> = this.#done.promise;
  #records = 0;
  #from: number | undefined;
  #handlers = 0;
  #handlersMs = 0;
  #to: number | undefined;

  constructor(target: number, now: Now) {
    this.#target = target;
    this.#now = now;
  }

  readonly assigned = (): void => {
    this.#from ??= this.#now();
  };

  readonly handled = (records: number): void => {
    this.#records += records;
    if (this.#to !== undefined || this.#records < this.#target) return;
    this.#to = this.#now();
    this.#done.resolve();
  };

  readonly took = (ms: number): void => {
    this.#handlers++;
    this.#handlersMs += ms;
  };

  /** Once `done`: what was read, which may be more than was asked for where whole batches are handled. */
  measured(): Measured {
    if (this.#from === undefined || this.#to === undefined) {
      throw new Error("it was not told when the partitions were assigned, or not everything was read");
    }
    const measured = { records: this.#records, ms: this.#to - this.#from };
    return this.#handlers === 0 ? measured : { ...measured, handlerMs: this.#handlersMs / this.#handlers };
  }
}

/** The percentiles of waits in milliseconds. */
export function waitsOf(ms: Float64Array): Waits {
  const sorted = ms.toSorted();
  return {
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
  };
}

/**
 * Sends `count` times at an even rate and waits for every answer. An order's wait begins when it is due, not when it
 * was sent: a sender that stands still makes the orders wait that it did not send, too.
 */
export async function sendAtRate(
  send: (index: number) => Promise<void>,
  { count, ratePerSecond, now, pause }: {
    readonly count: number;
    readonly ratePerSecond: number;
    readonly now: Now;
    /** Resolves a moment later, within a millisecond or two. */
    readonly pause: () => Promise<void>;
  },
): Promise<Float64Array> {
  const waits = new Float64Array(count);
  const answers: Promise<void>[] = [];
  const from = now();
  while (answers.length < count) {
    const due = Math.min(count, Math.floor((now() - from) / 1_000 * ratePerSecond) + 1);
    while (answers.length < due) {
      const index = answers.length;
      const dueAt = from + index / ratePerSecond * 1_000;
      answers.push(send(index).then(() => void (waits[index] = now() - dueAt)));
    }
    if (answers.length < count) await pause();
  }
  await Promise.all(answers);
  return waits;
}
