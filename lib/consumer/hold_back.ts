import { backoffMs, type BackoffOptions } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import { Failure, permanent, toFailure } from "../core/failure.ts";
import { type ConsumerRecord, coordinates, type RecordHeader } from "../core/record.ts";
import type { DeadLetterTopic } from "./dead_letter.ts";
import { FACT_PREFIX } from "./dead_letter_facts.ts";
import { HeldKeys } from "./held_keys.ts";
import { redriveOf, RELEASE_HEADER } from "./redrive.ts";

/** What a hold-back works with. */
export interface HoldBackOptions {
  readonly groupId: string;
  readonly deadLetters: DeadLetterTopic;
  /** Reads a partition of the dead letter topic from its start to its present end. */
  readonly read: (partition: number, onRecord: (record: ConsumerRecord) => void) => Promise<void>;
  /** The dead letters cannot be read, and everything waits. */
  readonly waiting: (record: ConsumerRecord, failure: Failure) => void;
  readonly clock: Clock;
  readonly random: Random;
  /** Of one partition; default 100,000. */
  readonly maxKeys?: number;
}

/** Reasons of dead letters that are none of the record's own. */
export const HELD_BEHIND = "held-behind";
export const RELEASED = "released";

const AGAIN: BackoffOptions = { firstMs: 1_000, maxMs: 30_000, jitter: 0.2 };
const text = new TextDecoder();
const latin1 = new TextDecoder("latin1");

/**
 * Keeps a key's records behind the dead letter of one of them: they follow it, untried and in order, until somebody
 * releases the key. What is held is read from the dead letters themselves whenever a partition becomes ours, so that
 * it survives restarts and moves along; what the dead letter topic has forgotten is held no more.
 */
export class HoldBack {
  readonly #options: HoldBackOptions;
  /** By the signal of an ownership, which lives as long as it. */
  readonly #keys = new WeakMap<AbortSignal, HeldKeys | Promise<HeldKeys>>();

  constructor(options: HoldBackOptions) {
    this.#options = options;
  }

  /** Why the record must follow one of its key; undefined: it is free. Waits for the first look into the dead letters. */
  async before(record: ConsumerRecord, signal: AbortSignal): Promise<Failure | undefined> {
    const known = await this.#known(record, signal);
    if (record.key === null || this.#isRedriven(record)) return undefined;
    const behind = known.behind(latin1.decode(record.key), record.offset);
    if (behind === undefined) return undefined;
    const first = coordinates({ ...record, offset: behind });
    return permanent(
      HELD_BEHIND,
      `${first} of the same key is a dead letter, and the key was not released since`,
    );
  }

  /** Whether a dead letter of this record could be remembered. */
  hasRoom(record: ConsumerRecord, signal: AbortSignal): boolean {
    const known = this.#keys.get(signal);
    return !(known instanceof HeldKeys) || !known.isFull ||
      known.behind(keyOf(record), Infinity) !== undefined;
  }

  /** Whether the record is nothing but the release of its key, for this group. */
  isRelease({ key, value, headers }: ConsumerRecord): boolean {
    if (key === null || value !== null || headers.length === 0) return false;
    return textOf(headers, RELEASE_HEADER) === this.#options.groupId;
  }

  /** What is written to the dead letters for a release, so that it is known after a restart. */
  released(record: ConsumerRecord): Failure {
    return permanent(RELEASED, `from ${coordinates(record)} on the records of this key are processed again`);
  }

  /** A dead letter of the record, or its release, is written. */
  after(record: ConsumerRecord, reason: string, signal: AbortSignal): void {
    const known = this.#keys.get(signal);
    if (known instanceof HeldKeys) note(known, record, reason, record.offset);
  }

  #isRedriven({ headers }: ConsumerRecord): boolean {
    return redriveOf(headers).count > 0;
  }

  #known(record: ConsumerRecord, signal: AbortSignal): HeldKeys | Promise<HeldKeys> {
    const known = this.#keys.get(signal);
    if (known !== undefined) return known;
    const reading = this.#read(record, signal);
    this.#keys.set(signal, reading);
    reading.then((keys) => this.#keys.set(signal, keys), () => {});
    return reading;
  }

  async #read(first: ConsumerRecord, signal: AbortSignal): Promise<HeldKeys> {
    const { deadLetters, read, groupId, waiting, clock, random, maxKeys } = this.#options;
    for (let failures = 1;; failures++) {
      const keys = new HeldKeys(maxKeys);
      try {
        await read(first.partition % deadLetters.partitions, (letter) => {
          const of = (name: string) => textOf(letter.headers, FACT_PREFIX + name);
          const ours = of("group") === groupId && of("original_topic") === first.topic &&
            Number(of("original_partition")) === first.partition;
          if (ours) note(keys, letter, of("reason") ?? "", Number(of("original_offset")));
        });
        signal.throwIfAborted();
        return keys;
      } catch (error) {
        signal.throwIfAborted();
        const { message } = toFailure(error);
        waiting(
          first,
          new Failure("unavailable", "unavailable", `${deadLetters.topic} cannot be read: ${message}`),
        );
        await clock.sleep(backoffMs(failures, AGAIN, random), signal);
      }
    }
  }
}

function note(keys: HeldKeys, { key }: ConsumerRecord, reason: string, offset: number): void {
  if (key === null) return; // no key, no order to keep
  if (reason === RELEASED) keys.released(latin1.decode(key), offset);
  else keys.dead(latin1.decode(key), offset);
}

function keyOf({ key }: ConsumerRecord): string {
  return key === null ? "" : latin1.decode(key);
}

function textOf(headers: readonly RecordHeader[], wanted: string): string | undefined {
  const value = headers.findLast(([name]) => name === wanted)?.[1];
  return value && text.decode(value);
}
