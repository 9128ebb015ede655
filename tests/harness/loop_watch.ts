import { type Clock, systemClock } from "../../lib/core/clock.ts";

/** A time in which nothing could run in this process's event loop. Monotonic milliseconds. */
export interface Standstill {
  readonly from: number;
  readonly to: number;
  /** Of that, how long the thread was ready to run and the machine ran others. */
  readonly crowdedMs: number;
}

const LOOK_EVERY_MS = 10;
/** Less is the grain of timers. */
const NOTED_MS = 5;

/** Notes when the event loop of this process stands still: a timer that should come all the time comes late. */
export class LoopWatch {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #crowdedMs: () => number;
  readonly #standstills: Standstill[] = [];
  readonly #stop: () => void;
  #lookedAt: number;
  #crowdedBefore: number;

  /** Watches from now on. @param crowdedMs for how long, in all, this thread has waited for a processor. */
  constructor(
    clock: Pick<Clock, "monotonic" | "every"> = systemClock,
    crowdedMs: () => number = waitedForProcessorMs,
  ) {
    this.#clock = clock;
    this.#crowdedMs = crowdedMs;
    this.#lookedAt = clock.monotonic();
    this.#crowdedBefore = crowdedMs();
    this.#stop = clock.every(LOOK_EVERY_MS, () => this.#look());
  }

  /** Every standstill so far, oldest first; one that has not ended is not among them. */
  get standstills(): readonly Standstill[] {
    return this.#standstills;
  }

  /** For how long the loop stood still between two moments, in all. */
  stoodStillMs(from: number, to: number): number {
    let sum = 0;
    for (let index = this.#firstAfter(from); index < this.#standstills.length; index++) {
      const one = this.#standstills[index]!;
      if (one.from >= to) break;
      sum += Math.min(one.to, to) - Math.max(one.from, from);
    }
    return sum;
  }

  stop(): void {
    this.#stop();
  }

  /** The first standstill that ended after this moment: they are in the order of time. */
  #firstAfter(at: number): number {
    let [low, high] = [0, this.#standstills.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#standstills[middle]!.to <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #look(): void {
    const [now, crowded] = [this.#clock.monotonic(), this.#crowdedMs()];
    const due = this.#lookedAt + LOOK_EVERY_MS;
    if (now - due >= NOTED_MS) {
      const crowdedMs = Math.min(now - due, crowded - this.#crowdedBefore);
      this.#standstills.push({ from: due, to: now, crowdedMs });
    }
    this.#lookedAt = now;
    this.#crowdedBefore = crowded;
  }
}

/** As Linux counts it for this thread; 0 where it does not. */
function waitedForProcessorMs(): number {
  try {
    const [, nanoseconds] = Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ");
    return Number(nanoseconds) / 1_000_000;
  } catch {
    return 0;
  }
}
