import type { Random } from "./clock.ts";

/** When a breaker opens and for how long. */
export interface BreakerOptions {
  /** Opens after this many failures in a row, retries not counted … */
  readonly failureThreshold: number;
  /** … and stays open this long, plus up to a tenth by chance, so that many processes do not probe at once. */
  readonly resetMs: number;
}

/** `half_open` is spelled as the metric's label. */
export type BreakerState = "closed" | "open" | "half_open";

/**
 * What an attempt said about the dependency. `unavailable` is the dependency's own sign that it is down; `failure`
 * may as well be the fault of the record, and `repeat` is the failure of a record that had failed before; `neutral`
 * says nothing (a bad message, our own bug, an abort).
 */
export type Verdict = "success" | "failure" | "repeat" | "unavailable" | "neutral";

/** Leave to make one attempt. Hand it back exactly once through {@linkcode Breaker.report}. */
export interface Permit {
  readonly startedAt: number;
  readonly probe: boolean;
}

type Inner =
  | { readonly name: "closed"; failures: number; lastSuccessStartedAt: number }
  | { readonly name: "open"; readonly since: number; readonly until: number }
  | { readonly name: "half_open"; readonly since: number; probe: Permit | undefined };

/**
 * The breaker of one dependency as a state machine: no timers, no I/O; time and chance are arguments.
 *
 * Closed, it counts failures in a row. A dependency that says that it is down gives one with each refusal. Any other
 * failure may as well be the record's own, so a record counts once however often it is tried: a few records that
 * always fail are their own trouble, and must not stop the rest. Open, it permits nothing.
 * When its time is over it permits one probe; success closes it, failure opens it again, and a neutral verdict
 * hands the probe's permit to the next, so that it cannot leak.
 */
export class Breaker {
  #inner: Inner = closed();
  #openings = 0;

  constructor(readonly options: BreakerOptions, readonly random: Random) {}

  /** The state as an operator sees it: an open breaker whose time is over still says `open` until it is asked. */
  get state(): BreakerState {
    return this.#inner.name;
  }

  /** How often it has opened since the start. */
  get openings(): number {
    return this.#openings;
  }

  /** When the present state began, in the caller's monotonic time; undefined while closed. */
  get since(): number | undefined {
    return this.#inner.name === "closed" ? undefined : this.#inner.since;
  }

  /** Milliseconds until the next probe is permitted; 0 when something may be tried now, or a probe is running. */
  waitMs(now: number): number {
    return this.#inner.name === "open" ? Math.max(0, this.#inner.until - now) : 0;
  }

  /** Whether {@linkcode acquire} would give leave now. */
  mayAcquire(now: number): boolean {
    if (this.#inner.name === "closed") return true;
    return this.#inner.name === "open" ? now >= this.#inner.until : this.#inner.probe === undefined;
  }

  /** Leave to try now, or undefined. */
  acquire(now: number): Permit | undefined {
    if (!this.mayAcquire(now)) return undefined;
    if (this.#inner.name === "closed") return { startedAt: now, probe: false };
    const probe = { startedAt: now, probe: true };
    const since = this.#inner.name === "half_open" ? this.#inner.since : now;
    this.#inner = { name: "half_open", since, probe };
    return probe;
  }

  /** Hands a permit back. */
  report(permit: Permit, verdict: Verdict, now: number): void {
    const inner = this.#inner;
    if (inner.name === "half_open" && inner.probe === permit) {
      // What had started before the probe still says nothing about now.
      if (verdict === "success") this.#inner = { ...closed(), lastSuccessStartedAt: permit.startedAt };
      else if (verdict === "neutral") inner.probe = undefined;
      else this.#open(now);
      return;
    }
    // A late answer to an attempt from before the breaker opened says nothing about now.
    if (inner.name !== "closed" || permit.probe) return;
    if (verdict === "success") {
      const lastSuccessStartedAt = Math.max(inner.lastSuccessStartedAt, permit.startedAt);
      this.#inner = { ...closed(), lastSuccessStartedAt };
    } else if (
      verdict !== "neutral" && verdict !== "repeat" && permit.startedAt >= inner.lastSuccessStartedAt
    ) {
      if (++inner.failures >= this.options.failureThreshold) this.#open(now);
    }
  }

  #open(now: number): void {
    this.#openings++;
    this.#inner = { name: "open", since: now, until: now + this.options.resetMs * (1 + 0.1 * this.random()) };
  }
}

function closed(): Extract<Inner, { name: "closed" }> {
  return { name: "closed", failures: 0, lastSuccessStartedAt: -Infinity };
}
