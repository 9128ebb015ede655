import type { Breaker, BreakerState, Verdict } from "../core/breaker.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { settleWithin } from "../core/settle_within.ts";
import { Fifo } from "../core/fifo.ts";
import { type ConsumerRecord, coordinates } from "../core/record.ts";

/** Leave to run one attempt; `leave` must be called exactly once. */
export interface Pass {
  leave(verdict: Verdict): void;
}

/** What a gate is built from. */
export interface GateOptions {
  /** Attempts that may run side by side. */
  readonly concurrency: number;
  readonly breaker: Breaker;
  readonly clock: Clock;
  readonly onBreaker?: (state: BreakerState, before: BreakerState) => void;
  /** The breaker's time is over. Somebody must come to be the probe, or it stays open for ever. */
  readonly onProbeDue?: () => void;
}

interface Waiter {
  readonly record: ConsumerRecord;
  readonly resolve: (pass: Pass) => void;
  readonly signal: AbortSignal;
  settled: boolean;
}

/**
 * Where every attempt starts, or does not: while all slots are taken, while the breaker is open, and while the gate
 * is closed (a rebalance, a stop). A record that waits here holds its lane and nothing else.
 *
 * Lanes run ahead of one another, so at any moment records are finished beyond some that have not started. A closed
 * gate still lets those gaps be filled, and nothing more: then the finished prefix can be committed whole, and the
 * next owner repeats nothing.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #waiting = new Fifo<Waiter>();
  /** The highest offset that has started, by partition. */
  readonly #started = new Map<number, number>();
  #open = true;
  #attempts = 0;
  #writes = 0;
  #breakerState: BreakerState = "closed";
  #cancelProbeTimer: Cancel | undefined;
  #openWaiters: (() => void)[] = [];
  #idleWaiters: (() => void)[] = [];

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Work that is running now: attempts, and writes of dead letters. */
  get running(): number {
    return this.#attempts + this.#writes;
  }

  /** Waits for leave to run an attempt. Rejects with the signal's reason when it aborts first. */
  enter(record: ConsumerRecord, signal: AbortSignal): Promise<Pass> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        waiter.settled = true;
        reject(signal.reason);
      };
      const waiter: Waiter = {
        record,
        signal,
        settled: false,
        resolve: (pass) => {
          signal.removeEventListener("abort", onAbort);
          resolve(pass);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiter);
      this.#pump();
    });
  }

  /** Runs work that needs neither slot nor breaker, such as writing a dead letter; a closed gate holds it as well. */
  async run<R>(record: ConsumerRecord, signal: AbortSignal, work: () => Promise<R>): Promise<R> {
    while (!this.#mayStart(record)) {
      await new Promise<void>((resolve) => {
        this.#openWaiters.push(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      signal.throwIfAborted();
    }
    this.#writes++;
    this.#noteStarted(record);
    try {
      return await work();
    } finally {
      this.#writes--;
      this.#settleIdle();
    }
  }

  /** Nothing starts any more but what fills a gap; what runs goes on. */
  close(): void {
    this.#open = false;
  }

  open(): void {
    this.#open = true;
    this.#started.clear(); // after a join other records may stand at these offsets
    for (const resolve of this.#openWaiters.splice(0)) resolve();
    this.#pump();
  }

  /**
   * Closes, and waits until nothing runs and no gap is left that can be filled now. Resolves with whether that came
   * to pass within `timeoutMs`. A record that waits for its next try is not waited for.
   */
  async drain(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#options;
    const until = clock.monotonic() + timeoutMs;
    this.close();
    do {
      const idle = this.running === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
      if (!await settleWithin(idle, until - clock.monotonic(), clock)) return false;
      await clock.sleep(0); // the lanes move on; what fills a gap starts in this turn
    } while (this.running > 0);
    return true;
  }

  #pump(): void {
    const { breaker, clock, concurrency } = this.#options;
    while (this.#attempts < concurrency) {
      const waiter = this.#nextWaiter();
      if (waiter === undefined) return;
      const permit = breaker.acquire(clock.monotonic());
      this.#noteBreaker();
      if (permit === undefined) return;
      waiter.settled = true;
      this.#attempts++;
      this.#noteStarted(waiter.record);
      waiter.resolve({
        leave: (verdict) => {
          this.#attempts--;
          breaker.report(permit, verdict, coordinates(waiter.record), clock.monotonic());
          this.#noteBreaker();
          this.#settleIdle();
          this.#pump();
        },
      });
    }
  }

  /** Who would be next; stays in the queue. */
  #nextWaiter(): Waiter | undefined {
    if (!this.#open) {
      for (const waiter of this.#waiting) if (!waiter.settled && this.#mayStart(waiter.record)) return waiter;
      return undefined;
    }
    // Taken and aborted waiters stay in the queue until they come to its head.
    while (this.#waiting.peek()?.settled) this.#waiting.shift();
    return this.#waiting.peek();
  }

  #mayStart({ partition, offset }: ConsumerRecord): boolean {
    return this.#open || offset <= (this.#started.get(partition) ?? -1);
  }

  #noteStarted({ partition, offset }: ConsumerRecord): void {
    if (offset > (this.#started.get(partition) ?? -1)) this.#started.set(partition, offset);
  }

  #noteBreaker(): void {
    const { breaker, onBreaker } = this.#options;
    if (breaker.state === this.#breakerState) return;
    const before = this.#breakerState;
    this.#breakerState = breaker.state;
    if (breaker.state === "open") this.#awaitProbe();
    onBreaker?.(breaker.state, before);
  }

  /** Also with nobody waiting: what waited may have come to its end while everything is paused. */
  #awaitProbe(): void {
    const { breaker, clock, onProbeDue } = this.#options;
    this.#cancelProbeTimer?.();
    this.#cancelProbeTimer = clock.after(breaker.waitMs(clock.monotonic()), () => {
      // Timers leave out fractions of a millisecond: a probe that is refused for coming early would be the last one.
      if (breaker.waitMs(clock.monotonic()) > 0) return this.#awaitProbe();
      onProbeDue?.();
      this.#pump();
    });
  }

  #settleIdle(): void {
    if (this.running === 0) { for (const resolve of this.#idleWaiters.splice(0)) resolve(); }
  }
}
