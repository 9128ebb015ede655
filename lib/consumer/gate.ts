import type { Verdict } from "../core/breaker.ts";
import type { Clock } from "../core/clock.ts";
import { Fifo } from "../core/fifo.ts";
import { onAbort } from "../core/on_abort.ts";
import { Ramp } from "../core/ramp.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { settleWithin } from "../core/settle_within.ts";
import type { Dependencies, Lease } from "./dependencies.ts";

/** Leave to run one attempt. */
export interface Pass {
  /** What the attempt says of the dependencies already before it has ended. */
  report(verdict: Verdict, dependency?: string): void;
  /** The attempt has ended; to be called exactly once. Of two verdicts the first counts. */
  leave(verdict: Verdict, dependency?: string): void;
}

/** Leave to run first attempts of many records in one call. */
export interface BatchPass {
  /** One of them says so of the dependencies. */
  report(verdict: Verdict, dependency?: string): void;
  /** The call has ended; to be called exactly once, after all were reported. */
  leave(): void;
}

/** What a gate is built from. */
export interface GateOptions {
  /** Attempts that may run side by side. */
  readonly concurrency: number;
  readonly dependencies: Pick<Dependencies, "acquire" | "report" | "wantsProbe">;
  readonly clock: Clock;
}

interface Waiter {
  readonly record: ConsumerRecord;
  /** How often it has failed before. */
  readonly failures: number;
  readonly resolve: (pass: Pass) => void;
  settled: boolean;
}

/**
 * Where every attempt starts, or does not: while all slots are taken, while a breaker is open, and while the gate is
 * closed (a rebalance, a stop). A record that waits here holds its lane and nothing else.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #ramp: Ramp;
  readonly #waiting = new Fifo<Waiter>();
  /** Records that were tried; they may be given up behind a closed gate, or they would be tried again by the next owner. */
  readonly #tried = new WeakSet<ConsumerRecord>();
  #open = true;
  #attempts = 0;
  #writes = 0;
  #openWaiters: (() => void)[] = [];
  #idleWaiters: (() => void)[] = [];

  constructor(options: GateOptions) {
    this.#options = options;
    this.#ramp = new Ramp(options.concurrency);
  }

  /** Work that is running now: attempts, and writes of dead letters. */
  get running(): number {
    return this.#attempts + this.#writes;
  }

  /**
   * Waits for leave to run an attempt. Rejects with the signal's reason when it aborts first.
   *
   * @param failures how often the record has failed before: a breaker's probe is the record that has failed least.
   */
  enter(record: ConsumerRecord, signal: AbortSignal, failures = 0): Promise<Pass> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const waiter: Waiter = {
        record,
        failures,
        settled: false,
        resolve: (pass) => {
          cancel();
          resolve(pass);
        },
      };
      const cancel = onAbort(signal, () => {
        waiter.settled = true;
        reject(signal.reason);
      });
      this.#waiting.push(waiter);
      this.pump();
    });
  }

  /**
   * Leave for a batch at once; undefined while the gate is closed, a breaker is not closed, or attempts grow step by
   * step: then each record must be judged by itself. A batch takes one slot, whether there is one or not, as whoever
   * makes batches bounds them.
   */
  enterTogether(): BatchPass | undefined {
    const { dependencies } = this.#options;
    if (!this.#open || !this.#ramp.isFull || dependencies.wantsProbe) return undefined;
    const lease = dependencies.acquire();
    if (lease === undefined) return undefined;
    this.#attempts++;
    return {
      report: (verdict, dependency) => dependencies.report(lease, verdict, dependency),
      leave: () => {
        this.#attempts--;
        this.#settleIdle();
        this.pump();
      },
    };
  }

  /** Says that a record was tried: behind a closed gate it may still be given up. */
  tried(record: ConsumerRecord): void {
    this.#tried.add(record);
  }

  /** Runs work that needs neither slot nor breaker, such as writing a dead letter; a closed gate holds it as well. */
  async run<R>(record: ConsumerRecord, signal: AbortSignal, work: () => Promise<R>): Promise<R> {
    while (!this.#open && !this.#tried.has(record)) {
      const opened = Promise.withResolvers<void>();
      this.#openWaiters.push(opened.resolve);
      const cancel = onAbort(signal, opened.resolve);
      await opened.promise;
      cancel();
      signal.throwIfAborted();
    }
    this.#writes++;
    try {
      return await work();
    } finally {
      this.#writes--;
      this.#settleIdle();
    }
  }

  /** Nothing starts any more; what runs goes on. */
  close(): void {
    this.#open = false;
  }

  open(): void {
    this.#open = true;
    for (const resolve of this.#openWaiters.splice(0)) resolve();
    this.pump();
  }

  /** An outage is over: attempts start one by one again, then two, four … */
  restart(): void {
    this.#ramp.restart();
    this.pump();
  }

  /** Closes, and waits until nothing runs. Resolves with whether that came to pass within `timeoutMs`. */
  async drain(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#options;
    const until = clock.monotonic() + timeoutMs;
    this.close();
    do {
      const idle = this.running === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
      if (!await settleWithin(idle, until - clock.monotonic(), clock)) return false;
      await clock.sleep(0); // the lanes move on; a dead letter of what has just failed starts in this turn
    } while (this.running > 0);
    return true;
  }

  /** Lets in whoever may start now; to be called when a breaker may have changed its mind. */
  pump(): void {
    const { dependencies } = this.#options;
    while (this.#open && this.#attempts < this.#ramp.limit) {
      const waiter = this.#next();
      if (waiter === undefined) return;
      const lease = dependencies.acquire();
      if (lease === undefined) return;
      waiter.settled = true;
      this.#attempts++;
      this.#tried.add(waiter.record);
      waiter.resolve(this.#pass(lease));
    }
  }

  #pass(lease: Lease): Pass {
    let reported = false;
    const report = (verdict: Verdict, dependency?: string) => {
      if (reported) return;
      reported = true;
      if (verdict === "success" || verdict === "neutral") this.#ramp.passed();
      this.#options.dependencies.report(lease, verdict, dependency);
    };
    return {
      report,
      leave: (verdict, dependency) => {
        this.#attempts--;
        report(verdict, dependency);
        this.#settleIdle();
        this.pump();
      },
    };
  }

  /** Who would be next; stays in the queue. */
  #next(): Waiter | undefined {
    // Taken and aborted waiters stay in the queue until they come to its head.
    while (this.#waiting.peek()?.settled) this.#waiting.shift();
    let next = this.#waiting.peek();
    if (next === undefined || next.failures === 0 || !this.#options.dependencies.wantsProbe) return next;
    // The record that has failed least says most about the world: a bad one would keep the breaker open for good ones.
    for (const waiter of this.#waiting) {
      if (!waiter.settled && waiter.failures < next.failures) next = waiter;
    }
    return next;
  }

  #settleIdle(): void {
    if (this.running === 0) { for (const resolve of this.#idleWaiters.splice(0)) resolve(); }
  }
}
