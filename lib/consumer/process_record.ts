import { backoffMs, type BackoffOptions } from "../core/backoff.ts";
import type { Verdict } from "../core/breaker.ts";
import type { Clock, Random } from "../core/clock.ts";
import { Failure, toFailure } from "../core/failure.ts";
import { type Outcome, PROCESSED } from "../core/outcome.ts";
import type { ConsumerRecord, Message } from "../core/record.ts";
import type { Attempt, Attempts } from "./attempts.ts";
import type { GivenUp } from "./dead_letter_writer.ts";
import type { ConsumerEvents } from "./events.ts";
import type { Gate } from "./gate.ts";
import type { Handler } from "./handler.ts";
import type { HoldBack } from "./hold_back.ts";

/** The steps of THE PATH, each a file of its own. */
export interface RecordSteps<T> {
  /** Bytes to value; waits for nothing but a schema that it sees for the first time. Throws a `Failure`. */
  readonly decode: (value: Uint8Array, signal: AbortSignal) => T | Promise<T>;
  /** The rules that the schema cannot hold. Throws a permanent `Failure`. */
  readonly validate: (message: Message<T>) => void;
  readonly handle: Handler<T>;
  /** Resolves when the dead letter topic has acknowledged the record; only the signal makes it reject. */
  readonly writeDeadLetter: (record: ConsumerRecord, givenUp: GivenUp, signal: AbortSignal) => Promise<void>;
  /** Sent back from the dead letters for another group: the others have processed it long ago. */
  readonly isForOthers: (record: ConsumerRecord) => boolean;
  /** `false`: the partition's flood guard holds it; then the record is left unfinished. */
  readonly mayDeadLetter: (record: ConsumerRecord, failure: Failure, signal: AbortSignal) => boolean;
  /** Where a key's records stay behind a dead letter of it; undefined: they go on. */
  readonly holdBack?: HoldBack | undefined;
  readonly gate: Gate;
  readonly attempts: Attempts;
  readonly maxAttempts: number;
  readonly backoff: BackoffOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: ConsumerEvents;
}

/** Short, so that work goes on soon after an outage; the breaker is what spares a dependency that is down. */
const MAX_OUTAGE_WAIT_MS = 5_000;
/** What the other side asks for is obeyed up to here; a lane that waits for days would be stuck without a word. */
const MAX_RETRY_AFTER_MS = 30_000;

/** A record whose first try, with those of others, has failed. */
export interface Begun {
  readonly message: Message<unknown>;
  readonly failure: Failure;
}

/** Takes one record to its end, from the start or from its first failure. Never rejects. */
export type ProcessRecord = (record: ConsumerRecord, signal: AbortSignal, begun?: Begun) => Promise<Outcome>;

/**
 * THE PATH of a record: decode → validate → handle, tried again with growing waits → processed, or dead letter.
 *
 * The signal says that the record is no longer ours (its partition moved, or we stop). From then on whatever is
 * thrown or returned means nothing: the outcome is `released`, nothing is committed, and the next owner gets the
 * record again.
 */
export function createProcessRecord<T>(steps: RecordSteps<T>): ProcessRecord {
  const { gate, clock, random, events, backoff } = steps;

  return async function processRecord(record, signal, begun) {
    if (record.value === null) return await skip(record, signal);
    if (steps.isForOthers(record)) return { kind: "skipped", reason: "for another group" };
    let attempts = 0;
    let firstFailedAt: number | undefined;
    try {
      const heldBehind = steps.holdBack && await steps.holdBack.before(record, signal);
      if (heldBehind !== undefined) throw heldBehind;
      const message = begun === undefined ? await read(record, signal) : begun.message as Message<T>;
      for (let outages = 0;;) {
        const failure = begun?.failure ??
          await attempt(message, { number: attempts + 1, failures: attempts + outages, signal });
        begun = undefined;
        if (failure === undefined) return PROCESSED;
        firstFailedAt ??= clock.now();
        if (failure.kind === "unavailable") {
          // The world's fault: no attempt is spent, and the breaker decides when the next one starts.
          await clock.sleep(outageWaitMs(failure, ++outages), signal);
        } else {
          attempts++;
          if (failure.kind === "permanent") throw failure;
          if (attempts >= steps.maxAttempts) throw exhausted(failure, attempts);
          await clock.sleep(backoffMs(attempts, backoff, random), signal);
        }
        events.retried?.(record, failure);
      }
    } catch (error) {
      if (signal.aborted) return released(signal);
      const givenUp = { failure: toFailure(error), attempts, firstFailedAt: firstFailedAt ?? clock.now() };
      return await giveUp(record, givenUp, signal);
    }
  };

  /** A tombstone is nothing to do, unless it is the release of its key, which must be known after a restart. */
  async function skip(record: ConsumerRecord, signal: AbortSignal): Promise<Outcome> {
    if (!steps.holdBack?.isRelease(record)) return { kind: "skipped", reason: "tombstone" };
    const failure = steps.holdBack.released(record);
    try {
      await steps.holdBack.before(record, signal); // what is held must be known before it is released
      await steps.writeDeadLetter(record, { failure, attempts: 0, firstFailedAt: clock.now() }, signal);
    } catch {
      return released(signal);
    }
    steps.holdBack.after(record, failure.reason, signal);
    return { kind: "skipped", reason: "release" };
  }

  /** An absent registry is waited out: it says nothing about the record. */
  async function read(record: ConsumerRecord, signal: AbortSignal): Promise<Message<T>> {
    for (let outages = 1;; outages++) {
      try {
        const decoding = steps.decode(record.value!, signal); // a tombstone does not come so far
        const value = decoding instanceof Promise ? await decoding : decoding;
        const message = { value, record };
        steps.validate(message);
        return message;
      } catch (error) {
        const failure = toFailure(error);
        if (failure.kind === "permanent") throw failure;
        // A decoder that fails in a way nobody foresaw would fail the same way again.
        if (failure.kind === "retriable") {
          throw new Failure("permanent", "undecodable", failure.message, { cause: error });
        }
        events.waiting?.(record, failure);
        await clock.sleep(outageWaitMs(failure, outages), signal);
      }
    }
  }

  function outageWaitMs(failure: Failure, outages: number): number {
    if (failure.retryAfterMs !== undefined) return Math.min(failure.retryAfterMs, MAX_RETRY_AFTER_MS);
    return backoffMs(outages, { ...backoff, maxMs: MAX_OUTAGE_WAIT_MS }, random);
  }

  /** One try behind the gate; resolves with the failure, or undefined when the handler's work is durable. */
  async function attempt(
    message: Message<T>,
    { number, failures, signal }: { number: number; failures: number; signal: AbortSignal },
  ): Promise<Failure | undefined> {
    const { record } = message;
    const pass = await gate.enter(record, signal, failures);
    const startedAt = clock.monotonic();
    const failed = number === 1 ? "failure" : "repeat";
    // A handler that hangs says so of the world before it has settled, or a probe that hangs would hold the breaker.
    const running = steps.attempts.begin(record, number, {
      signal,
      onLate: () => pass.report(signal.aborted ? "neutral" : failed),
    });
    let failure: Failure | undefined;
    try {
      signal.throwIfAborted(); // the partition may have gone in the moment between
      await steps.handle(message, running);
      events.handled?.(record, clock.monotonic() - startedAt);
    } catch (error) {
      failure = failureOf(error, running);
      if (!signal.aborted) events.failed?.(record, failure, number);
    } finally {
      steps.attempts.end(running);
      pass.leave(signal.aborted ? "neutral" : verdictOf(failure, failed), failure?.dependency);
    }
    return failure;
  }

  /** A record that cannot be given up safely is not given up. */
  async function giveUp(record: ConsumerRecord, givenUp: GivenUp, signal: AbortSignal): Promise<Outcome> {
    if (!steps.mayDeadLetter(record, givenUp.failure, signal)) {
      return { kind: "released", reason: "its partition is held" };
    }
    try {
      await steps.writeDeadLetter(record, givenUp, signal);
      steps.holdBack?.after(record, givenUp.failure.reason, signal);
      return { kind: "dead-lettered", failure: givenUp.failure };
    } catch {
      return released(signal);
    }
  }
}

/** A handler that gives up when its time is over has spent an attempt, though it throws what reads like an outage. */
export function failureOf(error: unknown, { late }: Attempt): Failure {
  if (late === undefined || error instanceof Failure) return toFailure(error);
  return new Failure("retriable", "timeout", late.message, { cause: error });
}

/** What an attempt says of the world. */
export function verdictOf(failure: Failure | undefined, failed: Verdict): Verdict {
  if (failure === undefined) return "success";
  if (failure.kind === "permanent") return "neutral";
  return failure.kind === "unavailable" ? "unavailable" : failed;
}

function released(signal: AbortSignal): Outcome {
  return {
    kind: "released",
    reason: signal.reason instanceof Error ? signal.reason.message : String(signal.reason),
  };
}

function exhausted(failure: Failure, attempts: number): Failure {
  return new Failure(
    "permanent",
    "retries-exhausted",
    `failed ${attempts} times, last with ${failure.message}`,
    {
      cause: failure,
    },
  );
}
