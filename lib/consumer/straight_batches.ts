import type { Verdict } from "../core/breaker.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { Fifo } from "../core/fifo.ts";
import { onAbort } from "../core/on_abort.ts";
import type { ConsumerRecord } from "../core/record.ts";
import type { Attempt, Attempts } from "./attempts.ts";
import type { BatchEntry, Batches, BatchSource } from "./batches.ts";
import type { StraightWay } from "./dispatcher.ts";
import type { ConsumerEvents } from "./events.ts";
import type { BatchPass, Gate } from "./gate.ts";
import type { Lane } from "./lane.ts";
import { type Begun, failureOf, type RecordSteps, verdictOf } from "./process_record.ts";

/** What straight batches work with. */
export interface StraightBatchesOptions<T> {
  readonly steps: Pick<RecordSteps<T>, "decode" | "validate" | "isForOthers">;
  readonly gate: Gate;
  readonly attempts: Attempts;
  readonly clock: Clock;
  readonly events: Pick<ConsumerEvents, "handled" | "failed">;
  /** The handler's work for the record is durable; its partition is still ours. */
  readonly onProcessed: (lane: Lane, record: ConsumerRecord) => void;
  /** The record leaves the consumer, or never began: its partition is held, or not ours any more. */
  readonly onLeft: (record: ConsumerRecord) => void;
  /** The lane is free for its next record. */
  readonly next: (lane: Lane) => void;
  /** The record needs a closer look: it goes along THE PATH by itself. */
  readonly walk: (lane: Lane, record: ConsumerRecord, begun?: Begun) => Promise<void>;
}

/** One call of the handler with the first try of many messages, and what they share. */
class Trip {
  /** Begun when it is known which messages go. */
  attempt: Attempt | undefined;
  #cancels: Cancel[] | undefined = [];

  constructor(readonly pass: BatchPass, readonly startedAt: number) {}

  get isLate(): boolean {
    return this.attempt?.late !== undefined;
  }

  /** Until the call is over: a partition is ours for days, and must not remember the signals of all that it had. */
  whenAborted(signal: AbortSignal, task: (reason: unknown) => void): void {
    if (signal.aborted) task(signal.reason);
    else this.#cancels?.push(onAbort(signal, () => task(signal.reason)));
  }

  end(): void {
    for (const cancel of this.#cancels ?? []) cancel();
    this.#cancels = undefined;
  }
}

/** A message whose first try is made together with those of others. */
class StraightEntry<T> implements BatchEntry<T> {
  readonly attempt = 1;
  /** Undefined while the handler has not said; null when its work is durable. */
  ending: { readonly error: unknown } | null | undefined;
  #controller: AbortController | undefined;

  constructor(readonly lane: Lane, readonly record: ConsumerRecord, readonly value: T, readonly trip: Trip) {}

  get deadline(): number {
    return this.trip.attempt!.deadline;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = this.#controller = new AbortController();
      for (const signal of [this.lane.owned.signal, this.trip.attempt!.signal]) {
        this.trip.whenAborted(signal, (reason) => controller.abort(reason));
      }
    }
    return this.#controller.signal;
  }

  get isOver(): boolean {
    return this.lane.owned.isReleased || this.trip.isLate;
  }

  resolve(): void {
    this.ending = null;
  }

  reject(error: unknown): void {
    this.ending = { error };
  }
}

/** A signal that never aborts: what a batch may be aborted by, each of its messages says for itself. */
const NEVER = new AbortController().signal;

/**
 * THE PATH while all is well, for handlers of many: the next record of every lane that is free is decoded and
 * validated on the spot, they go to the handler together, and what it has done is finished, without a promise for each
 * record. Whatever is not plain goes by itself (`process_record.ts`): what cannot be read now or at all, what is
 * sent to another group, what the handler fails, and everything while the gate is closed or a breaker not.
 */
export class StraightBatches<T> implements StraightWay, BatchSource<T> {
  readonly #options: StraightBatchesOptions<T>;
  readonly #batches: Batches<T>;
  readonly #ready = new Fifo<Lane>();

  constructor(batches: Batches<T>, options: StraightBatchesOptions<T>) {
    this.#batches = batches;
    this.#options = options;
    batches.fillFrom(this);
  }

  offer(lane: Lane): void {
    this.#ready.push(lane);
    this.#batches.pump();
  }

  take(maxRecords: number): readonly StraightEntry<T>[] {
    const { gate, attempts, clock, walk } = this.#options;
    const pass = this.#ready.length === 0 ? undefined : gate.enterTogether();
    if (pass === undefined) {
      for (let lane = this.#ready.shift(); lane !== undefined; lane = this.#ready.shift()) {
        void walk(lane, lane.shift()!);
      }
      return [];
    }
    const entries: StraightEntry<T>[] = [];
    const trip = new Trip(pass, clock.monotonic());
    while (entries.length < maxRecords && this.#ready.length > 0) {
      const entry = this.#enter(this.#ready.shift()!, trip);
      if (entry !== undefined) entries.push(entry);
    }
    if (entries.length === 0) {
      pass.leave();
      return [];
    }
    trip.attempt = attempts.begin(entries[0]!.record, 1, {
      signal: NEVER,
      // Each for itself, as on THE PATH: a world that hangs must open the breaker before its messages are given up.
      onLate: () => entries.forEach(({ lane }) => lane.owned.isReleased || pass.report("failure")),
    });
    return entries;
  }

  /** The lane's next record, where it can be read at once and nothing speaks against it. */
  #enter(lane: Lane, trip: Trip): StraightEntry<T> | undefined {
    const { onLeft, walk, next } = this.#options;
    const record = lane.shift()!;
    const { owned, key } = lane;
    if (!owned.isRunning) {
      onLeft(record);
      next(lane);
      return undefined;
    }
    const entry = owned.frozen(key) === undefined ? this.#read(lane, record, trip) : undefined;
    if (entry === undefined) void walk(lane, record);
    return entry;
  }

  /** Undefined for all that is not plain; why, is found out on the way that it goes then. */
  #read(lane: Lane, record: ConsumerRecord, trip: Trip): StraightEntry<T> | undefined {
    const { steps } = this.#options;
    const bytes = record.value;
    if (bytes === null || steps.isForOthers(record)) return undefined;
    try {
      const value = steps.decode(bytes, lane.owned.signal);
      if (value instanceof Promise) {
        value.catch(() => {}); // whoever takes the record asks again
        return undefined;
      }
      const entry = new StraightEntry(lane, record, value, trip);
      steps.validate(entry);
      return entry;
    } catch {
      return undefined;
    }
  }

  ended(entries: readonly StraightEntry<T>[]): void {
    const { clock, events, onProcessed, onLeft, next } = this.#options;
    const { trip } = entries[0]!;
    const attempt = trip.attempt!;
    const durationMs = clock.monotonic() - trip.startedAt;
    let last: Verdict = "neutral";
    const report = (verdict: Verdict, dependency?: string) => {
      // One success says as much as many, and what is late has said so.
      if ((verdict !== "success" || last !== "success") && !trip.isLate) {
        trip.pass.report(verdict, dependency);
      }
      last = verdict;
    };
    for (const { lane, record, value, ending } of entries) {
      if (ending === null) {
        events.handled?.(record, durationMs);
        report("success");
        if (!lane.owned.isReleased) onProcessed(lane, record);
      } else if (!lane.owned.isReleased) {
        const failure = failureOf(ending?.error, attempt);
        events.failed?.(record, failure, 1);
        report(verdictOf(failure, "failure"), failure.dependency);
        this.#options.gate.tried(record);
        void this.#options.walk(lane, record, { message: { value, record }, failure });
        continue;
      }
      onLeft(record);
      next(lane);
    }
    trip.end();
    this.#options.attempts.end(attempt);
    trip.pass.leave();
  }
}
