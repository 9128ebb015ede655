import type { Clock } from "../core/clock.ts";
import { settleWithin } from "../core/settle_within.ts";
import type { CommitOffset } from "../kafka/ports.ts";
import type { Assignment } from "./assignment.ts";
import { encodeCommitMetadata } from "./commit_metadata.ts";
import type { ConsumerEvents } from "./events.ts";

/** Longer than the client waits itself: a commit that never ends must not be the last one. */
const ANSWER_MS = 20_000;

/** Sends positions to the group. */
export type SendCommit = (offsets: readonly CommitOffset[]) => Promise<void>;

/**
 * Commits, for every partition, the longest prefix of finished records, and with it what is finished beyond and what
 * the flood guard has counted. A partition of which the group has no commit is committed where it begins: from then on
 * none is missing unless it was lost. One commit is in flight at a time, so that an older one can never arrive after a
 * newer one.
 */
export class Committer {
  readonly #assignment: Assignment;
  readonly #send: SendCommit;
  readonly #events: ConsumerEvents;
  readonly #clock: Clock;
  #inFlight: Promise<boolean> | undefined;

  constructor(
    assignment: Assignment,
    send: SendCommit,
    { events, clock }: { readonly events: ConsumerEvents; readonly clock: Clock },
  ) {
    this.#assignment = assignment;
    this.#send = send;
    this.#events = events;
    this.#clock = clock;
  }

  /** Commits what is finished by now. Resolves with whether the group has it; never rejects. */
  async commit(): Promise<boolean> {
    while (this.#inFlight !== undefined) await this.#inFlight;
    const due = [...this.#assignment.owned].filter((owned) =>
      owned.committedChanges !== owned.tracker.changes
    );
    if (due.length === 0) return true;
    const changes = due.map(({ tracker }) => tracker.changes);
    this.#inFlight = this.#commit(due.map(({ topic, partition, tracker, flood }) => ({
      topic,
      partition,
      offset: tracker.committable,
      metadata: encodeCommitMetadata(tracker, flood.stateAt(tracker)),
    })));
    try {
      const done = await this.#inFlight;
      if (done) due.forEach((owned, index) => owned.committedChanges = changes[index]);
      return done;
    } finally {
      this.#inFlight = undefined;
    }
  }

  /** Commits unless one is under way; for the interval. */
  commitIfIdle(): void {
    if (this.#inFlight === undefined) void this.commit();
  }

  async #commit(offsets: readonly CommitOffset[]): Promise<boolean> {
    try {
      const sending = this.#send(offsets);
      if (!await settleWithin(sending, ANSWER_MS, this.#clock)) {
        throw new Error(`no answer within ${ANSWER_MS} ms`);
      }
      await sending;
      this.#events.committed?.(offsets.length);
      return true;
    } catch (error) {
      // Refused in a rebalance, or the answer was lost. Committing again is harmless: the same or a higher offset.
      this.#events.commitFailed?.(error);
      return false;
    }
  }
}
