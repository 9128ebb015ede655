import type { Cancel, Clock } from "../core/clock.ts";
import { onAbort } from "../core/on_abort.ts";
import type { ConsumerRecord } from "../core/record.ts";
import type { HandlerContext } from "./handler.ts";

/** One call of a handler, from its start until it settles. */
export class Attempt implements HandlerContext {
  /** In monotonic time. */
  readonly endsAt: number;
  readonly deadline: number;
  readonly #outer: AbortSignal;
  /** Made when the handler asks for its signal: most never do. */
  #controller: AbortController | undefined;
  #late: Error | undefined;
  #cancel: Cancel = () => {};

  constructor(
    readonly record: ConsumerRecord,
    readonly attempt: number,
    { outer, timeoutMs, clock }: {
      readonly outer: AbortSignal;
      readonly timeoutMs: number;
      readonly clock: Clock;
    },
  ) {
    this.#outer = outer;
    this.endsAt = clock.monotonic() + timeoutMs;
    this.deadline = clock.now() + timeoutMs;
  }

  /** What the signal aborted with when the time was over; undefined while it is not. */
  get late(): Error | undefined {
    return this.#late;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#outer.aborted) this.#controller.abort(this.#outer.reason);
      else if (this.#late) this.#controller.abort(this.#late);
      else this.#cancel = onAbort(this.#outer, () => this.#controller?.abort(this.#outer.reason));
    }
    return this.#controller.signal;
  }

  /** The time is over. */
  expire(reason: Error): void {
    this.#late = reason;
    this.#controller?.abort(reason);
  }

  /** The handler has settled. */
  end(): void {
    this.#cancel();
  }
}

/**
 * All attempts that run, each with the same time. When it is over the signal aborts, and that is all that can be done:
 * the attempt goes on counting as running until its handler has settled.
 */
export class Attempts {
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  /** In the order of starting, which is that of their deadlines. */
  readonly #running = new Map<Attempt, (late: Error) => void>();
  /** Those whose time is over, oldest first. */
  readonly #overdue = new Set<Attempt>();
  #cancelTimer: Cancel | undefined;

  constructor(timeoutMs: number, clock: Clock) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /** The attempt whose time was over first and whose handler has still not settled, and since when. */
  get stuck(): { readonly record: ConsumerRecord; readonly overdueMs: number } | undefined {
    for (const { record, endsAt } of this.#overdue) {
      return { record, overdueMs: this.#clock.monotonic() - endsAt };
    }
    return undefined;
  }

  /** @param onLate the time is over, and the handler has not settled. */
  begin(
    record: ConsumerRecord,
    attempt: number,
    { signal, onLate }: { readonly signal: AbortSignal; readonly onLate: (late: Error) => void },
  ): Attempt {
    const begun = new Attempt(record, attempt, {
      outer: signal,
      timeoutMs: this.#timeoutMs,
      clock: this.#clock,
    });
    this.#running.set(begun, onLate);
    this.#arm();
    return begun;
  }

  end(attempt: Attempt): void {
    attempt.end();
    this.#overdue.delete(attempt);
    if (!this.#running.delete(attempt) || this.#running.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** One timer for all, set for the one that ends first. */
  #arm(): void {
    if (this.#cancelTimer !== undefined) return;
    for (const { endsAt } of this.#running.keys()) {
      this.#cancelTimer = this.#clock.after(endsAt - this.#clock.monotonic(), () => this.#expire());
      return;
    }
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    for (const [attempt, onLate] of this.#running) {
      if (attempt.endsAt > this.#clock.monotonic()) break;
      this.#running.delete(attempt);
      this.#overdue.add(attempt);
      const late = new DOMException(
        `the handler had not settled after ${this.#timeoutMs} ms`,
        "TimeoutError",
      );
      attempt.expire(late);
      onLate(late);
    }
    this.#arm();
  }
}
