import type { Cancel, Clock } from "../core/clock.ts";

interface Timer {
  due: number;
  readonly everyMs: number | undefined;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it. */
export class TestClock implements Clock {
  #now = 0;
  #timers = new Set<Timer>();

  /** @param startedAt what `now()` says at the start, epoch milliseconds. */
  constructor(readonly startedAt: number = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.startedAt + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = this.after(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  after(ms: number, run: () => void): Cancel {
    return this.#schedule({ due: this.#now + ms, everyMs: undefined, run });
  }

  every(everyMs: number, run: () => void): Cancel {
    return this.#schedule({ due: this.#now + everyMs, everyMs, run });
  }

  /** Moves time on by `ms`, running what falls due in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#now = Math.max(this.#now, next.due);
      if (next.everyMs === undefined) this.#timers.delete(next);
      else next.due += next.everyMs;
      next.run();
      await settle();
    }
    this.#now = until;
  }

  #schedule(timer: Timer): Cancel {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= until && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}

/** Lets everything that is already resolved run to its next wait. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
