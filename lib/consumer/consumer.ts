import { RETRY_BACKOFF } from "../core/backoff.ts";
import type { BreakerOptions, BreakerState } from "../core/breaker.ts";
import { type Clock, systemClock, systemRandom } from "../core/clock.ts";
import type { Failure } from "../core/failure.ts";
import { type Outcome, PROCESSED } from "../core/outcome.ts";
import type { ConsumerRecord, TopicPartition } from "../core/record.ts";
import { settleWithin } from "../core/settle_within.ts";
import type { GroupListener, StartPosition } from "../kafka/ports.ts";
import { Assignment } from "./assignment.ts";
import { Attempts } from "./attempts.ts";
import { Committer } from "./committer.ts";
import type { ConsumerOptions, ConsumerStatus } from "./consumer_options.ts";
import { Dependencies } from "./dependencies.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { ConsumerEvents } from "./events.ts";
import { Gate } from "./gate.ts";
import { GivingUp } from "./giving_up.ts";
import { guardedEvents } from "./guarded_events.ts";
import { Intake, MAX_SPAN } from "./intake.ts";
import { LostOffsets } from "./lost_offsets.ts";
import { Membership } from "./membership.ts";
import {
  tellBreaker,
  tellFirstStart,
  tellJoined,
  tellOffsetLost,
  tellOffsetReset,
  tellRestart,
} from "./narrate.ts";
import type { OwnedPartition } from "./owned_partition.ts";
import { Pauses } from "./pauses.ts";
import { createProcessRecord } from "./process_record.ts";
import { recordSteps } from "./record_steps.ts";
import { Room } from "./room.ts";
import { StraightBatches } from "./straight_batches.ts";

const BREAKER: BreakerOptions = { failureThreshold: 5, resetMs: 60_000 };
const CONCURRENCY = 200;
const MAX_IN_FLIGHT = 4_000;
const HANDLER_TIMEOUT_MS = 30_000;
const MAX_IN_FLIGHT_BYTES = 32 * 1024 * 1024;
const COMMIT_INTERVAL_MS = 250;
/** Before a join: long enough for a handler in its last second, far below the group's rebalance timeout. */
const DRAIN_BEFORE_JOIN_MS = 5_000;
const WAITING_IS_OVER_MS = 40_000; // longer than any wait between two tries
const LAST_COMMIT_MS = 3_000;
const COMMIT_AGAIN_MS = 200;
const LEAVE_MS = 4_000;

/**
 * Reads one topic as a member of a group and takes every record to its end: processed, skipped or dead-lettered.
 * Only finished prefixes are committed, so a record is lost by no crash and no rebalance; after a crash some are
 * processed again.
 */
export class Consumer<T> {
  readonly #options: ConsumerOptions<T>;
  readonly #clock: Clock;
  readonly #events: ConsumerEvents;
  readonly #dependencies: Dependencies;
  readonly #attempts: Attempts;
  readonly #gate: Gate;
  readonly #assignment: Assignment;
  readonly #room: Room;
  readonly #dispatcher: Dispatcher;
  readonly #intake: Intake;
  readonly #lostOffsets: LostOffsets;
  readonly #committer: Committer;
  readonly #givingUp: GivingUp;
  readonly #pauses: Pauses;
  readonly #membership: Membership;
  #state: "new" | "running" | "stopping" | "stopped" = "new";
  #joined = false;
  #joining = false;
  #lastProgress = 0;
  #progressed = false;
  #lastLoss: string | undefined;
  #waiting: { readonly why: string; readonly at: number } | undefined;
  #stopCommitting = () => {};

  constructor(options: ConsumerOptions<T>) {
    const { clock = systemClock, random = systemRandom, backoff = RETRY_BACKOFF } = options;
    const events = guardedEvents(options.events ?? {});
    this.#options = options;
    this.#clock = clock;
    this.#events = events;
    this.#dependencies = new Dependencies({
      declared: options.dependencies ?? {},
      breaker: options.breaker ?? BREAKER,
      clock,
      random,
      onChange: (name, state, before) => this.#onBreaker(name, { state, before }),
      onProbeDue: () => this.#onProbeDue(),
    });
    this.#attempts = new Attempts(options.handlerTimeoutMs ?? HANDLER_TIMEOUT_MS, clock);
    this.#gate = new Gate({
      concurrency: options.concurrency ?? CONCURRENCY,
      dependencies: this.#dependencies,
      clock,
    });
    this.#assignment = new Assignment({ floodGuard: options.floodGuard ?? "on" });
    this.#pauses = new Pauses((partitions) => this.#membership.member?.pauseExactly(partitions));
    const waiting = (record: ConsumerRecord, failure: Failure) => {
      this.#waiting = { why: failure.message, at: clock.monotonic() };
      events.waiting?.(record, failure);
    };
    this.#givingUp = new GivingUp({
      consumer: options,
      assignment: this.#assignment,
      pauses: this.#pauses,
      gate: this.#gate,
      clock,
      random,
      events,
      waiting,
      onHeld: () => this.#onRoom(), // the others' room is larger now
      commit: () => this.#committer.commit(),
    });
    const limits = {
      records: options.maxInFlight ?? MAX_IN_FLIGHT,
      bytes: options.maxInFlightBytes ?? MAX_IN_FLIGHT_BYTES,
    };
    // What waits behind a dead letter must not take the room of the others, and memory must stay bounded.
    const wider = { records: limits.records * 2, bytes: limits.bytes * 2 };
    this.#room = new Room(() => this.#givingUp.isHolding ? wider : limits, () => this.#onRoom());
    const { batches, ...steps } = recordSteps(options);
    // Where a key's records may have to stay behind a dead letter, each is looked at by itself.
    const straight = batches && this.#givingUp.holdBack === undefined
      ? new StraightBatches<T>(batches, {
        steps,
        gate: this.#gate,
        attempts: this.#attempts,
        clock,
        events,
        onProcessed: ({ owned }, record) => this.#onFinished(owned, record, PROCESSED),
        onLeft: (record) => this.#room.leave(record),
        next: (lane) => this.#dispatcher.next(lane),
        walk: (lane, record, begun) => this.#dispatcher.walk(lane, record, begun),
      })
      : undefined;
    this.#dispatcher = new Dispatcher({
      room: this.#room,
      straight,
      process: createProcessRecord<T>({
        ...steps,
        writeDeadLetter: (record, givenUp, signal) => this.#givingUp.writeDeadLetter(record, givenUp, signal),
        mayDeadLetter: (record, failure, signal) => this.#givingUp.mayDeadLetter(record, failure, signal),
        holdBack: this.#givingUp.holdBack,
        gate: this.#gate,
        attempts: this.#attempts,
        maxAttempts: options.maxAttempts ?? 3,
        backoff,
        clock,
        random,
        events: { ...events, waiting },
      }),
      onFinished: (owned, record, outcome) => this.#onFinished(owned, record, outcome),
    });
    this.#lostOffsets = new LostOffsets({
      commitsExpected: options.commitsExpected ?? false,
      accept: options.acceptLostOffsets ?? false,
    });
    this.#intake = new Intake({
      assignment: this.#assignment,
      dispatcher: this.#dispatcher,
      room: this.#room,
      pauses: this.#pauses,
      clock,
      isTaking: () => this.#state === "running" && !this.#joining,
      seek: (position) => this.#membership.member?.seek(position),
    });
    this.#membership = new Membership({
      create: options.createMember,
      listener: this.#listener(),
      silenceMs: options.sessionTimeoutMs / 2,
      clock,
      random,
      onRestart: (error, inMs) => {
        this.#lastLoss = error instanceof Error ? error.message : String(error);
        tellRestart(options.groupId, error, inMs);
        events.restarting?.(error, inMs);
      },
    });
    this.#committer = new Committer(this.#assignment, (offsets) => {
      const member = this.#membership.member;
      return member === undefined ? Promise.reject(new Error("not in the group")) : member.commit(offsets);
    }, { events, clock });
  }

  /** Joins the group and begins to read. Returns at once; `status()` tells how far it is. */
  start(): void {
    if (this.#state !== "new") throw new Error("a consumer is started once; build a new one");
    this.#state = "running";
    this.#lastProgress = this.#clock.monotonic();
    this.#stopCommitting = this.#clock.every(this.#options.commitIntervalMs ?? COMMIT_INTERVAL_MS, () => {
      this.#noteProgress();
      this.#intake.askAgain();
      if (!this.#joining) this.#committer.commitIfIdle();
    });
    this.#membership.start();
  }

  /**
   * Stops taking, lets what runs finish for up to `timeoutMs`, commits and leaves the group. Resolves with whether
   * everything that ran came to its end and is committed; the rest is read again by whoever has the partition next.
   */
  async stop(timeoutMs: number): Promise<boolean> {
    if (this.#state === "stopping" || this.#state === "stopped") return true;
    this.#state = "stopping";
    this.#intake.wake();
    this.#pauses.pauseAll("stopping");
    const drained = await this.#gate.drain(timeoutMs);
    this.#stopCommitting();
    const committed = await this.#commitWithin(LAST_COMMIT_MS);
    this.#assignment.releaseAll("the consumer stops");
    await this.#membership.stop(LEAVE_MS);
    this.#state = "stopped";
    return drained && committed;
  }

  /** The time of the last progress, to the commit interval: a clock is not asked for every record. */
  #noteProgress(): void {
    if (this.#progressed) this.#lastProgress = this.#clock.monotonic();
    this.#progressed = false;
  }

  status(): ConsumerStatus {
    this.#noteProgress();
    const held = [...this.#assignment.owned].flatMap(({ partition, flood }) =>
      flood.held === undefined ? [] : [{ partition, why: flood.held }]
    );
    const { worst } = this.#dependencies;
    return {
      running: this.#state === "running",
      circuitBreakerState: worst.state,
      circuitBreakerSinceMs: worst.sinceMs,
      dependencies: this.#dependencies.status(),
      stuck: this.#attempts.stuck,
      waiting: this.#waitingWhy(),
      joined: this.#joined,
      lastLoss: this.#lastLoss,
      assigned: this.#assignment.assigned.length,
      inFlight: this.#room.records,
      paused: this.#pauses.counts(),
      held,
      deadLetterHolds: this.#givingUp.holds,
      unreadable: [...this.#assignment.owned].flatMap(({ partition, unreadable }) =>
        unreadable === undefined ? [] : [{ partition, why: unreadable.why }]
      ),
      offsetLost: this.#lostOffsets.first,
      sinceProgressMs: this.#clock.monotonic() - this.#lastProgress,
      sinceHeardMs: this.#membership.silentMs,
    };
  }

  /** Records between what is finished and the end of each partition, as the last fetches knew it. */
  *lag(): Iterable<{ readonly partition: number; readonly records: number }> {
    for (const { partition, tracker, highWatermark } of this.#assignment.owned) {
      if (highWatermark === undefined) continue;
      yield { partition, records: Math.max(0, highWatermark - tracker.committable) };
    }
  }

  /** A record that cannot be read says so again at every try. */
  #waitingWhy(): string | undefined {
    const recent = this.#waiting !== undefined &&
      this.#clock.monotonic() - this.#waiting.at < WAITING_IS_OVER_MS;
    return recent ? this.#waiting?.why : undefined;
  }

  #listener(): GroupListener {
    return {
      admit: (batch) => this.#intake.admit(batch),
      skippedTo: ({ partition }, nextOffset) => this.#assignment.get(partition)?.tracker.skipTo(nextOffset),
      beforeJoin: () => this.#beforeJoin(),
      joined: (member, partitions) => this.#onJoined(member, partitions),
      starts: (positions) => this.#onStarts(positions),
      offsetLost: (partition) => this.#onOutOfRange(partition),
      heartbeat: () => {},
      crashed: () => {
        this.#joined = false;
        this.#assignment.releaseAll("the member left the group");
        this.#pauses.assigned([]);
      },
    };
  }

  /** The last moment in which this generation's commits count: finish what runs, commit it, and only then join. */
  async #beforeJoin(): Promise<void> {
    this.#joining = true;
    this.#intake.wake();
    // Nobody heartbeats for us meanwhile, so it must end well within the session.
    await this.#gate.drain(Math.min(DRAIN_BEFORE_JOIN_MS, this.#options.sessionTimeoutMs / 3));
    await this.#commitWithin(Math.min(LAST_COMMIT_MS, this.#options.sessionTimeoutMs / 6));
  }

  /** Commits, trying again while it is refused. Whether the group has it in time. */
  async #commitWithin(ms: number): Promise<boolean> {
    const until = this.#clock.monotonic() + ms;
    while (true) {
      const committing = this.#committer.commit();
      if (!await settleWithin(committing, until - this.#clock.monotonic(), this.#clock)) return false;
      if (await committing) return true;
      if (this.#clock.monotonic() + COMMIT_AGAIN_MS >= until) return false;
      await this.#clock.sleep(COMMIT_AGAIN_MS);
    }
  }

  #onJoined(member: string, partitions: readonly TopicPartition[]): void {
    this.#pauses.forget(this.#assignment.joined(member, partitions));
    this.#pauses.assigned(this.#assignment.assigned);
    this.#joined = true;
    this.#joining = false;
    this.#intake.wake();
    if (this.#state === "running") this.#gate.open();
    tellJoined(this.#options.groupId, partitions);
    this.#events.rebalanced?.(partitions);
  }

  /** kafkajs asks with every fetcher after a join, so a position may come twice; the first counts. */
  #onStarts(starts: readonly StartPosition[]): void {
    const { groupId } = this.#options;
    const first: StartPosition[] = [];
    for (const start of starts) {
      if (!this.#assignment.mayBegin(start)) continue;
      if (this.#lostOffsets.mayBegin(start, this.#assignment.last(start.partition))) {
        this.#givingUp.begun(this.#assignment.begin(start));
        this.#pauses.resume(start.partition, "offset-lost"); // somebody may have set the position meanwhile
        if (start.metadata === undefined) first.push(start);
      } else {
        this.#pauses.pause(start.partition, "offset-lost");
        tellOffsetLost(groupId, start, "no-commit");
      }
    }
    if (first.length > 0) tellFirstStart(groupId, first);
  }

  #onOutOfRange(at: TopicPartition): "stop" | "reset" {
    if (this.#lostOffsets.mayReset(at)) {
      tellOffsetReset(this.#options.groupId, at);
      this.#assignment.release(at.partition, "its position was lost");
      this.#pauses.forget([at]);
      return "reset";
    }
    this.#pauses.pause(at.partition, "offset-lost"); // kafkajs would ask for it again and again
    tellOffsetLost(this.#options.groupId, at, "out-of-range");
    return "stop";
  }

  /** Pausing bounds memory and shows what happens; it is the gate that lets nothing start. */
  #onBreaker(name: string, { state, before }: { state: BreakerState; before: BreakerState }): void {
    const { state: worst } = this.#dependencies.worst;
    if (state === "open") this.#pauses.pauseAll("breaker");
    tellBreaker(name, { state, before }, this.#dependencies.breakerOptions(name));
    this.#events.breaker?.({ dependency: name, state, worst });
    if (worst !== "closed") return;
    this.#pauses.resumeAll("breaker");
    this.#gate.restart();
  }

  /** Fetching goes on already now, since there may be no record left to be the probe. */
  #onProbeDue(): void {
    this.#pauses.resumeAll("breaker");
    this.#gate.pump();
  }

  #onRoom(): void {
    this.#intake.wake();
    this.#pauses.resumeAll("room");
  }

  #onFinished(owned: OwnedPartition, record: ConsumerRecord, outcome: Outcome): void {
    owned.tracker.finish(record.offset);
    if (owned.waitsForSlowRecord && owned.tracker.span <= MAX_SPAN / 2) {
      owned.waitsForSlowRecord = false;
      this.#pauses.resume(owned.partition, "slow-record");
    }
    if (outcome.kind === "dead-lettered") owned.flood.written(record.offset);
    else owned.flood.passed(record.offset);
    this.#progressed = true;
    this.#events.finished?.(record, outcome);
  }
}
