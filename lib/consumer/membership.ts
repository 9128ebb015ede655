import { backoffMs, type BackoffOptions } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { GroupListener, GroupMember } from "../kafka/ports.ts";

/** Builds a member that reports to the listener. */
export type CreateMember = (listener: GroupListener) => GroupMember;

/** What a membership is built from. */
export interface MembershipOptions {
  readonly create: CreateMember;
  readonly listener: GroupListener;
  /** A member that has not been heard of by the group for this long is replaced. */
  readonly silenceMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly onRestart: (error: unknown, inMs: number) => void;
}

const RESTART: BackoffOptions = { firstMs: 500, maxMs: 15_000, jitter: 0.2 };
/** A join may take as long as the group's slowest member is given to join, and must not be taken for silence. */
const JOIN_MS = 90_000;
const LEAVE_MS = 5_000;

/**
 * Keeps us in the group: whenever a member ends by itself, or falls silent, a new one takes its place, with new
 * client objects. kafkajs' own restart is off: it cannot be stopped once armed, and it never looks at silence.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #stop = new AbortController();
  #member: GroupMember | undefined;
  #running: Promise<void> | undefined;
  #lastHeard = 0;
  /** Since when we are about to join; a heartbeat does not end it, only having joined does. */
  #joiningSince: number | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** The present member, if there is one. */
  get member(): GroupMember | undefined {
    return this.#member;
  }

  /** Milliseconds since the group last heard from us. */
  get silentMs(): number {
    return this.#options.clock.monotonic() - this.#lastHeard;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Leaves the group, waiting at most `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stop.abort(new Error("the consumer stops"));
    await this.#member?.leave(timeoutMs);
  }

  async #run(): Promise<void> {
    const { clock, random, onRestart } = this.#options;
    for (let failures = 1; !this.#stop.signal.aborted; failures++) {
      const startedAt = clock.monotonic();
      const error = await this.#lifetime();
      if (this.#stop.signal.aborted) return;
      if (clock.monotonic() - startedAt > 60_000) failures = 1;
      const waitMs = backoffMs(failures, RESTART, random);
      onRestart(error, waitMs);
      await clock.sleep(waitMs, this.#stop.signal).catch(() => {});
    }
  }

  /** From starting a member to its end; resolves with what ended it. */
  async #lifetime(): Promise<unknown> {
    const { create, clock, silenceMs, listener } = this.#options;
    const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
    let over = false;
    this.#beginJoin();
    const member = this.#member = create(this.#unless(() => over, end));
    const stopWatching = clock.every(1_000, () => {
      const joiningMs = this.#joiningSince === undefined ? 0 : clock.monotonic() - this.#joiningSince;
      if (joiningMs > JOIN_MS) {
        end(new Error(`not in the group ${Math.round(joiningMs / 1_000)} s after joining began`));
      }
      if (this.#joiningSince !== undefined || this.silentMs <= silenceMs) return;
      end(new Error(`the group has not heard from us for ${Math.round(this.silentMs / 1_000)} s`));
    });
    const onStop = () => end(this.#stop.signal.reason);
    this.#stop.signal.addEventListener("abort", onStop, { once: true });
    member.start().catch(end);
    const error = await ended;
    stopWatching();
    this.#stop.signal.removeEventListener("abort", onStop);
    if (this.#stop.signal.aborted) return error; // stop() leaves, after the final commit
    over = true;
    this.#member = undefined;
    listener.crashed(error);
    await member.leave(LEAVE_MS);
    return error;
  }

  #beginJoin(): void {
    this.#heard();
    this.#joiningSince = this.#lastHeard;
  }

  #heard(): void {
    this.#lastHeard = this.#options.clock.monotonic();
  }

  /** The listener, noting on the way what the watchdog needs to know; deaf once the lifetime is over. */
  #unless(over: () => boolean, end: (error: unknown) => void): GroupListener {
    const { listener } = this.#options;
    return {
      admit: (batch) => over() ? Promise.resolve(false) : listener.admit(batch),
      skippedTo: (partition, nextOffset) => over() || listener.skippedTo(partition, nextOffset),
      beforeJoin: async () => {
        if (over()) return;
        this.#beginJoin();
        await listener.beforeJoin();
      },
      joined: (member, partitions) => {
        if (over()) return;
        this.#heard();
        this.#joiningSince = undefined;
        listener.joined(member, partitions);
      },
      starts: (positions) => over() || listener.starts(positions),
      offsetLost: (partition) => over() ? "stop" : listener.offsetLost(partition),
      heartbeat: () => over() || this.#heard(),
      crashed: (error) => end(error),
    };
  }
}
