import type { BackoffOptions } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { Failure } from "../core/failure.ts";
import { orAborted } from "../core/or_aborted.ts";
import type { ConsumerRecord, TopicPartition } from "../core/record.ts";
import type { Assignment } from "./assignment.ts";
import type { ConsumerOptions } from "./consumer_options.ts";
import type { DeadLetterHold } from "./dead_letter_holds.ts";
import { DeadLetterWriter, type GivenUp } from "./dead_letter_writer.ts";
import type { ConsumerEvents } from "./events.ts";
import type { Gate } from "./gate.ts";
import { HELD_BEHIND, HoldBack } from "./hold_back.ts";
import { tellDeadLettersFreed, tellDeadLettersHeld, tellHeld } from "./narrate.ts";
import type { OwnedPartition } from "./owned_partition.ts";
import type { Pauses } from "./pauses.ts";
import type { RecordSteps } from "./process_record.ts";
import { redriveOf } from "./redrive.ts";

/** What giving up works with. */
export interface GivingUpOptions {
  readonly consumer: Pick<
    ConsumerOptions<never>,
    "groupId" | "deadLetters" | "schemaIdOf" | "floodGuard"
  >;
  readonly assignment: Assignment;
  readonly pauses: Pauses;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Pick<ConsumerEvents, "deadLetterFailed" | "held">;
  /** Records cannot be read now. */
  readonly waiting: (record: ConsumerRecord, failure: Failure) => void;
  /** A partition has begun to wait for its dead letters. */
  readonly onHeld: () => void;
  /** Tells the group what is finished by now; resolves with whether it has it. */
  readonly commit: () => Promise<boolean>;
}

/** What is mended is noticed within half a minute. */
const AGAIN: BackoffOptions = { firstMs: 1_000, maxMs: 30_000, jitter: 0.2 };
const COMMIT_AGAIN_MS = 200;
const KEYS_FULL = "so many keys stay behind dead letters that no more can be remembered: release some, " +
  "or set AFTER_DEAD_LETTER=continue";

/** The end of records that cannot be processed: whether they may be given up, where they go, and which partitions wait. */
export class GivingUp implements Pick<RecordSteps<never>, "mayDeadLetter" | "writeDeadLetter" | "holdBack"> {
  readonly #options: GivingUpOptions;
  readonly #writer: DeadLetterWriter;
  readonly holdBack: HoldBack | undefined;

  constructor(options: GivingUpOptions) {
    const { consumer, gate, clock, random, events, waiting } = options;
    const { groupId, deadLetters, schemaIdOf } = consumer;
    this.#options = options;
    this.#writer = new DeadLetterWriter({
      groupId,
      deadLetters,
      schemaIdOf,
      gate,
      backoff: AGAIN,
      clock,
      random,
      inTurn: (record, signal, send) => this.#inTurn(record, signal, send),
      failed: (record, why) => events.deadLetterFailed?.(record, why),
      held: (hold) => this.#onHeld(hold),
      freed: (at) => this.#onFreed(at),
    });
    const read = deadLetters.readBack;
    this.holdBack = read && new HoldBack({ groupId, deadLetters, read, waiting, clock, random });
  }

  /** The partitions whose dead letters cannot be written now. */
  get holds(): readonly DeadLetterHold[] {
    return this.#writer.holds;
  }

  /** Whether any partition waits for its dead letters. */
  get isHolding(): boolean {
    return this.#writer.isHolding;
  }

  /** Resolves when the dead letter topic has the record; only the signal makes it reject. */
  writeDeadLetter(record: ConsumerRecord, givenUp: GivenUp, signal: AbortSignal): Promise<void> {
    return this.#writer.write(record, givenUp, signal);
  }

  /** `false`: the partition is held, or has just been, and the record is left unfinished. */
  mayDeadLetter(record: ConsumerRecord, failure: Failure, signal: AbortSignal): boolean {
    const { assignment, consumer } = this.#options;
    const owned = assignment.get(record.partition);
    if (owned === undefined) return true;
    if (owned.flood.held !== undefined) return false;
    // What follows another, or comes back and fails again, says nothing of a release.
    if (failure.reason === HELD_BEHIND) return true;
    if (this.holdBack?.hasRoom(record, signal) === false) {
      owned.flood.hold(KEYS_FULL);
      this.#onFlood(owned, KEYS_FULL);
      return false;
    }
    if (consumer.floodGuard === "off" || redriveOf(record.headers).count > 0) return true;
    const may = owned.flood.mayDeadLetter(record.offset);
    const { held } = owned.flood;
    if (held !== undefined) this.#onFlood(owned, held);
    return may;
  }

  /** A partition is ours from now on: what its last owner held stays held. */
  begun(owned: OwnedPartition): void {
    const { held } = owned.flood;
    if (held !== undefined) this.#tellFlood(owned, held);
  }

  /**
   * Many dead letters in a row are written one at a time, each when the group knows of those before it: a crash then
   * forgets and repeats next to none of them, however often it comes.
   */
  async #inTurn(record: ConsumerRecord, signal: AbortSignal, send: () => Promise<void>): Promise<void> {
    const { assignment, commit, clock } = this.#options;
    const owned = assignment.get(record.partition);
    if (!owned?.flood.mustBeKnown(record.offset)) return await send();
    const turn = Promise.withResolvers<void>();
    const before = owned.deadLetterTurn;
    owned.deadLetterTurn = turn.promise;
    try {
      await before;
      while (!await orAborted(commit(), signal)) await clock.sleep(COMMIT_AGAIN_MS, signal);
      await send();
    } finally {
      turn.resolve();
    }
  }

  #onFlood(owned: OwnedPartition, why: string): void {
    this.#options.pauses.pause(owned.partition, "flood");
    this.#tellFlood(owned, why);
  }

  #tellFlood(owned: OwnedPartition, why: string): void {
    tellHeld(owned, why);
    this.#options.events.held?.(owned, why);
  }

  #onHeld(hold: DeadLetterHold): void {
    this.#options.pauses.pause(hold.partition, "dead-letter");
    tellDeadLettersHeld(hold);
    this.#options.onHeld();
  }

  #onFreed(at: TopicPartition): void {
    const { pauses, assignment } = this.#options;
    pauses.resume(at.partition, "dead-letter");
    if (assignment.get(at.partition) !== undefined) tellDeadLettersFreed(at); // or it is somebody else's by now
  }
}
