import { type BackoffOptions, RETRY_BACKOFF } from "../core/backoff.ts";
import { Breaker, type BreakerOptions, type BreakerState } from "../core/breaker.ts";
import { type Clock, type Random, systemClock, systemRandom } from "../core/clock.ts";
import { permanent } from "../core/failure.ts";
import type { Outcome } from "../core/outcome.ts";
import {
  type ConsumerRecord,
  coordinates,
  type Message,
  type ProducerRecord,
  type TopicPartition,
} from "../core/record.ts";
import { settleWithin } from "../core/settle_within.ts";
import { shown } from "../core/shown.ts";
import type { FetchedBatch, GroupListener } from "../kafka/ports.ts";
import { getLogger } from "../ops/log.ts";
import { Assignment } from "./assignment.ts";
import { Committer } from "./committer.ts";
import { deadLetter, type DeadLetterTopic } from "./dead_letter.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { ConsumerEvents } from "./events.ts";
import { Gate } from "./gate.ts";
import type { Handler } from "./handler.ts";
import { type CreateMember, Membership } from "./membership.ts";
import type { OwnedPartition } from "./owned_partition.ts";
import { type PauseReason, Pauses } from "./pauses.ts";
import { createProcessRecord } from "./process_record.ts";

/** What a consumer is built from. */
export interface ConsumerOptions<T> {
  readonly groupId: string;
  readonly createMember: CreateMember;
  /** Throws a `Failure`: permanent for bytes that cannot be read, unavailable when the registry cannot be asked. */
  readonly decode: (value: Uint8Array, signal: AbortSignal) => T | Promise<T>;
  /** The writer schema's id as far as the bytes tell; goes into a dead letter. */
  readonly schemaIdOf?: (value: Uint8Array) => number | undefined;
  /** Throws a permanent `Failure` for a value that breaks a rule. */
  readonly validate?: (message: Message<T>) => void;
  /** The key that the record of this value must have, so that one key is one order of events. */
  readonly keyOf: (value: T) => string;
  readonly handle: Handler<T>;
  readonly deadLetters: DeadLetterTopic & { readonly send: (record: ProducerRecord) => Promise<unknown> };
  readonly sessionTimeoutMs: number;
  readonly maxAttempts?: number;
  readonly backoff?: BackoffOptions;
  readonly breaker?: BreakerOptions;
  readonly concurrency?: number;
  readonly maxInFlight?: number;
  readonly commitIntervalMs?: number;
  /** `off`: never hold a partition. `accept`: what the partitions hold at the first fetch does not count. */
  readonly floodGuard?: "on" | "off" | "accept";
  readonly events?: ConsumerEvents;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** What a consumer says of itself. */
export interface ConsumerStatus {
  readonly running: boolean;
  readonly circuitBreakerState: BreakerState;
  readonly breakerOpenings: number;
  readonly joined: boolean;
  readonly assigned: number;
  readonly inFlight: number;
  readonly paused: ReadonlyMap<PauseReason, number>;
  /** Partitions held by their flood guard, with the reason. */
  readonly held: readonly { readonly partition: number; readonly why: string }[];
  /** A position that the log no longer holds: the consumer has stopped reading there, for a person to decide. */
  readonly offsetLost: TopicPartition | undefined;
  /** Milliseconds since a record was finished, or since the start. */
  readonly sinceProgressMs: number;
  readonly sinceHeardMs: number;
}

const BREAKER: BreakerOptions = { failureThreshold: 5, resetMs: 60_000 };
const CONCURRENCY = 200;
const MAX_IN_FLIGHT = 10_000;
const COMMIT_INTERVAL_MS = 250;
/** Before a join: long enough for a handler in its last second, far below the group's rebalance timeout. */
const DRAIN_BEFORE_JOIN_MS = 5_000;
const COMMIT_BEFORE_JOIN_MS = 3_000;
const WAIT_FOR_ROOM_MS = 1_000;
const LEAVE_MS = 4_000;

const utf8 = new TextEncoder();
const log = getLogger("consumer");

/**
 * Reads one topic as a member of a group and takes every record to its end: processed, skipped or dead-lettered.
 * Only finished prefixes are committed, so a record is lost by no crash and no rebalance; after a crash some are
 * processed again.
 */
export class Consumer<T> {
  readonly #options: ConsumerOptions<T>;
  readonly #clock: Clock;
  readonly #events: ConsumerEvents;
  readonly #breaker: Breaker;
  readonly #gate: Gate;
  readonly #assignment: Assignment;
  readonly #dispatcher: Dispatcher;
  readonly #committer: Committer;
  readonly #pauses: Pauses;
  readonly #membership: Membership;
  #state: "new" | "running" | "stopping" | "stopped" = "new";
  #joined = false;
  #joining = false;
  #lastProgress = 0;
  #offsetLost: TopicPartition | undefined;
  #roomWaiters: (() => void)[] = [];
  #stopCommitting = () => {};

  constructor(options: ConsumerOptions<T>) {
    const { clock = systemClock, random = systemRandom, events = {} } = options;
    this.#options = options;
    this.#clock = clock;
    this.#events = events;
    this.#breaker = new Breaker(options.breaker ?? BREAKER, random);
    this.#gate = new Gate({
      concurrency: options.concurrency ?? CONCURRENCY,
      breaker: this.#breaker,
      clock,
      onBreaker: (state) => this.#onBreaker(state),
    });
    this.#assignment = new Assignment({ acceptFlood: options.floodGuard === "accept" });
    this.#dispatcher = new Dispatcher({
      maxInFlight: options.maxInFlight ?? MAX_IN_FLIGHT,
      process: createProcessRecord<T>({
        decode: (record, signal) => options.decode(record.value!, signal),
        validate: (message) => this.#validate(message),
        handle: options.handle,
        writeDeadLetter: (record, failure, attempts, firstFailedAt) => {
          const schemaId = record.value === null ? undefined : options.schemaIdOf?.(record.value);
          const facts = {
            group: options.groupId,
            failure,
            attempts,
            schemaId,
            firstFailedAt,
            now: clock.now(),
          };
          return options.deadLetters.send(deadLetter(record, facts, options.deadLetters)).then(() => {});
        },
        mayDeadLetter: (record, signal) => this.#mayDeadLetter(record, signal),
        gate: this.#gate,
        maxAttempts: options.maxAttempts ?? 3,
        backoff: options.backoff ?? RETRY_BACKOFF,
        clock,
        random,
        events,
      }),
      onFinished: (owned, record, outcome) => this.#onFinished(owned, record, outcome),
      onRoom: () => this.#onRoom(),
    });
    this.#pauses = new Pauses((partitions) => this.#membership.member?.pauseExactly(partitions));
    this.#membership = new Membership({
      create: options.createMember,
      listener: this.#listener(),
      silenceMs: options.sessionTimeoutMs / 2,
      clock,
      random,
      onRestart: (error, inMs) => {
        log.warn(`Lost the group ${options.groupId}: ${messageOf(error)}; joining again in ${inMs} ms`);
        events.restarting?.(error, inMs);
      },
    });
    this.#committer = new Committer(this.#assignment, (offsets) => {
      const member = this.#membership.member;
      return member === undefined ? Promise.reject(new Error("not in the group")) : member.commit(offsets);
    }, events);
  }

  /** Joins the group and begins to read. Returns at once; `status()` tells how far it is. */
  start(): void {
    if (this.#state !== "new") throw new Error("a consumer is started once; build a new one");
    this.#state = "running";
    this.#lastProgress = this.#clock.monotonic();
    this.#stopCommitting = this.#clock.every(this.#options.commitIntervalMs ?? COMMIT_INTERVAL_MS, () => {
      if (!this.#joining) this.#committer.commitIfIdle();
    });
    this.#membership.start();
  }

  /**
   * Stops taking, lets what runs finish for up to `timeoutMs`, commits and leaves the group. Resolves with whether
   * everything that had started came to its end; what did not is read again by whoever has the partition next.
   */
  async stop(timeoutMs: number): Promise<boolean> {
    if (this.#state === "stopping" || this.#state === "stopped") return true;
    this.#state = "stopping";
    this.#wakeRoomWaiters();
    this.#pauses.pauseAll("stopping");
    const drained = await this.#gate.drain(timeoutMs);
    this.#stopCommitting();
    await settleWithin(this.#committer.commit(), COMMIT_BEFORE_JOIN_MS, this.#clock);
    this.#assignment.releaseAll("the consumer stops");
    await this.#membership.stop(LEAVE_MS);
    this.#state = "stopped";
    return drained;
  }

  status(): ConsumerStatus {
    const held = [...this.#assignment.owned].flatMap(({ partition, flood }) =>
      flood.held === undefined ? [] : [{ partition, why: flood.held }]
    );
    return {
      running: this.#state === "running",
      circuitBreakerState: this.#breaker.state,
      breakerOpenings: this.#breaker.openings,
      joined: this.#joined,
      assigned: this.#assignment.assigned.length,
      inFlight: this.#dispatcher.inFlight,
      paused: this.#pauses.counts(),
      held,
      offsetLost: this.#offsetLost,
      sinceProgressMs: this.#clock.monotonic() - this.#lastProgress,
      sinceHeardMs: this.#membership.silentMs,
    };
  }

  /** Records between what is finished and the end of each partition, as the last fetches knew it. */
  *lag(): Iterable<{ readonly partition: number; readonly records: number }> {
    for (const { partition, tracker, highWatermark } of this.#assignment.owned) {
      yield { partition, records: Math.max(0, highWatermark - tracker.committable) };
    }
  }

  #listener(): GroupListener {
    return {
      admit: (batch) => this.#admit(batch),
      skippedTo: ({ partition }, nextOffset) => this.#assignment.get(partition)?.tracker.skipTo(nextOffset),
      beforeJoin: () => this.#beforeJoin(),
      joined: (member, partitions) => this.#onJoined(member, partitions),
      offsetLost: (partition) => this.#onOffsetLost(partition),
      heartbeat: () => {},
      crashed: () => {
        this.#joined = false;
        this.#assignment.releaseAll("the member left the group");
        this.#pauses.assigned([]);
      },
    };
  }

  /** Takes a batch into tracker and lanes, and returns: no handler runs inside the client's fetch loop. */
  async #admit(batch: FetchedBatch): Promise<boolean> {
    if (!this.#isTaking()) return false;
    const owned = this.#assignment.take(batch);
    if (owned === undefined) return false;
    owned.highWatermark = batch.highWatermark;
    if (batch.fetchedOffset > owned.tracker.next) {
      log.warn(
        `${
          coordinates(batch)
        } was read on at ${batch.fetchedOffset}, past ${owned.tracker.next}: reading from there`,
      );
      this.#membership.member?.seek({
        topic: batch.topic,
        partition: batch.partition,
        offset: owned.tracker.next,
      });
      return false;
    }
    if (!this.#dispatcher.hasRoom) {
      await this.#room();
      // While we waited the partition may have been lost: its batch must neither be run nor resolved.
      if (!this.#isTaking() || !this.#assignment.isCurrent(owned)) return false;
      if (!this.#dispatcher.hasRoom) {
        this.#pauses.pause(batch.partition, "room");
        return false;
      }
    }
    for (const record of batch.records) {
      if (owned.tracker.admit(record.offset)) this.#dispatcher.add(owned, record);
    }
    owned.tracker.skipTo(batch.nextOffset);
    return true;
  }

  #isTaking(): boolean {
    return this.#state === "running" && !this.#joining;
  }

  /** Until there is room, at most a second: kafkajs heartbeats again only when every batch has returned. */
  #room(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(WAIT_FOR_ROOM_MS, resolve);
      this.#roomWaiters.push(() => {
        cancel();
        resolve();
      });
    });
  }

  #wakeRoomWaiters(): void {
    for (const wake of this.#roomWaiters.splice(0)) wake();
  }

  #onRoom(): void {
    this.#wakeRoomWaiters();
    this.#pauses.resumeAll("room");
  }

  /** The last moment in which this generation's commits count: finish what runs, commit it, and only then join. */
  async #beforeJoin(): Promise<void> {
    this.#joining = true;
    this.#wakeRoomWaiters();
    await this.#gate.drain(DRAIN_BEFORE_JOIN_MS);
    await settleWithin(this.#committer.commit(), COMMIT_BEFORE_JOIN_MS, this.#clock);
  }

  #onJoined(member: string, partitions: readonly TopicPartition[]): void {
    this.#assignment.joined(member, partitions);
    this.#pauses.assigned(this.#assignment.assigned);
    this.#joined = true;
    this.#joining = false;
    if (this.#state === "running") this.#gate.open();
    const list = partitions.map(({ partition }) => partition).sort((a, b) => a - b).join(", ");
    log.info(
      `Joined group ${this.#options.groupId} with ${
        partitions.length === 0 ? "no partition: standing by" : `partitions ${list}`
      }`,
    );
    this.#events.rebalanced?.(partitions);
  }

  #onOffsetLost(at: TopicPartition): void {
    if (this.#offsetLost !== undefined) return;
    this.#offsetLost = at;
    this.#pauses.pause(at.partition, "offset-lost");
    log.error(
      `The group's position in ${
        coordinates(at)
      } is no longer in the log: retention or a recreated topic took it. ` +
        "Nothing is skipped or repeated silently: stop all members, decide where to go on " +
        `(kafka-consumer-groups --reset-offsets --group ${this.#options.groupId} …) and start again`,
    );
  }

  #onBreaker(state: BreakerState): void {
    // Pausing bounds memory and shows what happens; it is the gate that lets nothing start.
    if (state === "closed") this.#pauses.resumeAll("breaker");
    else if (state === "open") this.#pauses.pauseAll("breaker");
    const { resetMs, failureThreshold } = this.#breaker.options;
    if (state === "open") {
      log.warn(
        `Circuit breaker open after ${failureThreshold} failures in a row: nothing is processed, nothing is lost, ` +
          `next probe in ${Math.round(resetMs / 1_000)} s`,
      );
    } else if (state === "half_open") log.info("Circuit breaker half open: one record is tried");
    else log.info("Circuit breaker closed: processing goes on");
    this.#events.breaker?.(state);
  }

  #validate(message: Message<T>): void {
    const key = this.#options.keyOf(message.value);
    if (!sameBytes(message.record.key, key)) {
      const found = message.record.key === null
        ? "no key"
        : shown(new TextDecoder().decode(message.record.key));
      throw permanent(
        "invalid",
        `the record key must be the value's own key ${shown(key)}, but there is ${found}`,
      );
    }
    this.#options.validate?.(message);
  }

  async #mayDeadLetter(record: ConsumerRecord, signal: AbortSignal): Promise<void> {
    const owned = this.#assignment.get(record.partition);
    if (this.#options.floodGuard === "off" || owned === undefined) return;
    const heldBefore = owned.flood.held;
    const may = owned.flood.mayDeadLetter(record.offset);
    if (heldBefore === undefined && owned.flood.held !== undefined) {
      this.#pauses.pause(owned.partition, "flood");
      log.error(
        `${
          coordinates(owned)
        } is held: ${owned.flood.held}. This looks like a bad release, not like bad messages. ` +
          "The other partitions go on. Mend the release and restart, or accept it with: deno task consumer --accept-flood",
      );
      this.#events.held?.(owned, owned.flood.held);
    }
    if (!may) {
      await new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
    }
  }

  #onFinished(owned: OwnedPartition, record: ConsumerRecord, outcome: Outcome): void {
    owned.tracker.finish(record.offset);
    if (outcome.kind !== "dead-lettered") owned.flood.passed(record.offset);
    this.#lastProgress = this.#clock.monotonic();
    this.#events.finished?.(record, outcome);
  }
}

function sameBytes(key: Uint8Array | null, text: string): boolean {
  if (key === null) return false;
  const bytes = utf8.encode(text);
  return bytes.length === key.length && bytes.every((byte, index) => byte === key[index]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
