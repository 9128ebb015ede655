import {
  Breaker,
  type BreakerOptions,
  type BreakerState,
  type Permit,
  type Verdict,
} from "../core/breaker.ts";
import type { Cancel, Clock, Random } from "../core/clock.ts";
import { settleWithin } from "../core/settle_within.ts";

/** Something that a handler cannot do without. */
export interface DependencyOptions {
  readonly breaker?: BreakerOptions;
  /** Asks whether it works again, so that no record has to find out; resolves when it does. */
  readonly probe?: (signal: AbortSignal) => Promise<unknown>;
}

/** What a failure counts against that names nothing. */
export const HANDLER = "handler";

/** What {@linkcode Dependencies} is built from. */
export interface DependenciesOptions {
  /** By name. What a failure names and is not here gets a breaker of its own when it first fails. */
  readonly declared: Readonly<Record<string, DependencyOptions>>;
  readonly breaker: BreakerOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange: (name: string, state: BreakerState, before: BreakerState) => void;
  /** A record is wanted as a probe: somebody must come, or the breaker stays open for ever. */
  readonly onProbeDue: () => void;
}

/** Leave to make one attempt. Hand it back once, through {@linkcode Dependencies.report}. */
export interface Lease {
  readonly startedAt: number;
  readonly permits: readonly (readonly [Dependency, Permit])[];
}

/** A dependency's breaker, as an operator sees it. */
export interface DependencyStatus {
  readonly name: string;
  readonly state: BreakerState;
  /** Milliseconds in that state; 0 while closed. */
  readonly sinceMs: number;
}

/** A dependency with its breaker. */
class Dependency {
  seen: BreakerState = "closed";
  probing = false;
  cancelTimer: Cancel = () => {};

  constructor(readonly name: string, readonly breaker: Breaker, readonly probe: DependencyOptions["probe"]) {}
}

/** An answer that takes longer is none. */
const PROBE_MS = 10_000;
const GRAVITY: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

/**
 * The breakers of everything that a handler needs. Nobody knows before an attempt which of them it will use, so one
 * that is open stops all; which one it was is known afterwards, by the failure that names it. A success speaks for
 * all of them.
 */
export class Dependencies {
  readonly #options: DependenciesOptions;
  readonly #all = new Map<string, Dependency>();

  constructor(options: DependenciesOptions) {
    this.#options = options;
    for (const name of new Set([HANDLER, ...Object.keys(options.declared)])) this.#add(name);
  }

  /** The one in the gravest state, for longest. */
  get worst(): DependencyStatus {
    return this.status().reduce((worst, one) => {
      const graver = GRAVITY[one.state] - GRAVITY[worst.state] || one.sinceMs - worst.sinceMs;
      return graver > 0 ? one : worst;
    });
  }

  status(): readonly DependencyStatus[] {
    const now = this.#options.clock.monotonic();
    return [...this.#all.values()].map(({ name, breaker }) => ({
      name,
      state: breaker.state,
      sinceMs: breaker.since === undefined ? 0 : now - breaker.since,
    }));
  }

  /** The options of a dependency's breaker, as they hold. */
  breakerOptions(name: string): BreakerOptions {
    return this.#of(name).breaker.options;
  }

  /** Whether the next record that is let through is a probe. */
  get wantsProbe(): boolean {
    for (const { breaker } of this.#all.values()) if (breaker.state !== "closed") return true;
    return false;
  }

  /** Leave to try now, or undefined. */
  acquire(): Lease | undefined {
    const now = this.#options.clock.monotonic();
    for (const { breaker, probe } of this.#all.values()) {
      const open = breaker.state !== "closed";
      if (open && (probe !== undefined || !breaker.mayAcquire(now))) return undefined;
    }
    const permits: [Dependency, Permit][] = [];
    for (const one of this.#all.values()) {
      permits.push([one, one.breaker.acquire(now)!]);
      this.#note(one);
    }
    return { startedAt: now, permits };
  }

  /**
   * Hands a lease back.
   *
   * @param dependency the name of what failed; the others are not judged by it.
   */
  report(lease: Lease, verdict: Verdict, dependency = HANDLER): void {
    const now = this.#options.clock.monotonic();
    const failed = verdict !== "success" && verdict !== "neutral";
    for (const [one, permit] of lease.permits) {
      const about = failed && one.name !== dependency ? "neutral" : verdict;
      one.breaker.report(permit, about, now);
      this.#note(one);
    }
    // Its first failure: there was no breaker yet to ask for leave.
    if (failed && !lease.permits.some(([{ name }]) => name === dependency)) {
      const one = this.#of(dependency);
      one.breaker.report({ startedAt: lease.startedAt, probe: false }, verdict, now);
      this.#note(one);
    }
  }

  #of(name: string): Dependency {
    return this.#all.get(name) ?? this.#add(name);
  }

  #add(name: string): Dependency {
    const { declared, breaker, random } = this.#options;
    const { breaker: own = breaker, probe } = declared[name] ?? {};
    const added = new Dependency(name, new Breaker(own, random), probe);
    this.#all.set(name, added);
    return added;
  }

  #note(one: Dependency): void {
    const { seen, breaker: { state } } = one;
    if (state === seen) return;
    one.seen = state;
    if (state === "open") this.#awaitProbe(one);
    this.#options.onChange(one.name, state, seen);
  }

  /** Also with nobody waiting: what waited may have come to its end while everything is paused. */
  #awaitProbe(one: Dependency): void {
    const { clock, onProbeDue } = this.#options;
    one.cancelTimer();
    one.cancelTimer = clock.after(one.breaker.waitMs(clock.monotonic()), () => {
      // Timers leave out fractions of a millisecond: a probe that is refused for coming early would be the last one.
      if (one.breaker.waitMs(clock.monotonic()) > 0) return this.#awaitProbe(one);
      if (one.probe === undefined) onProbeDue();
      else void this.#probe(one, one.probe);
    });
  }

  async #probe(one: Dependency, probe: NonNullable<DependencyOptions["probe"]>): Promise<void> {
    const { clock } = this.#options;
    const permit = one.breaker.acquire(clock.monotonic());
    if (permit === undefined) return;
    this.#note(one);
    let verdict: Verdict = "unavailable";
    if (!one.probing) { // one that has never settled is no answer either
      one.probing = true;
      const over = new AbortController();
      const asking = Promise.resolve().then(() => probe(over.signal)).then(() => verdict = "success");
      void asking.catch(() => {}).finally(() => one.probing = false);
      await settleWithin(asking, PROBE_MS, clock);
      over.abort(new Error(`the probe of ${one.name} took longer than ${PROBE_MS} ms`));
    }
    one.breaker.report(permit, verdict, clock.monotonic());
    this.#note(one);
  }
}
