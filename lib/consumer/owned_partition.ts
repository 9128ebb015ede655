import { OffsetTracker } from "../core/offset_tracker.ts";
import { coordinates, type TopicPartition } from "../core/record.ts";
import type { StartPosition } from "../kafka/ports.ts";
import { decodeCommitMetadata } from "./commit_metadata.ts";
import { FloodGuard } from "./flood_guard.ts";
import type { Lane } from "./lane.ts";

/**
 * One partition for as long as it is ours without a break: what is finished of it, and the lanes of its users. When
 * the partition is lost, or comes back after having been lost, a new object takes its place; work that still runs
 * for the old one is aborted, and its results go nowhere.
 */
export class OwnedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Where this ownership began to read. */
  readonly firstOffset: number;
  readonly tracker: OffsetTracker;
  /** Set anew by the first batch, where an operator has accepted what the partition holds. */
  flood: FloodGuard;
  readonly lanes = new Map<number, Lane>();
  /** Resolves when the last dead letter that was to be written by itself is; undefined when there was none. */
  deadLetterTurn: Promise<void> | undefined;
  /** Keys of which an ownership before this one still runs a record: its handler has not settled. */
  readonly #frozen = new Map<number, Promise<void>>();
  /** Why the next records cannot be read, and since when, in monotonic time; they are asked for again and again. */
  unreadable: { readonly why: string; readonly at: number } | undefined;
  /** Not read on, since one slow record is too far behind. */
  waitsForSlowRecord = false;
  /** The tracker's `changes` that the group knows of; undefined while it has no commit at all. */
  committedChanges: number | undefined;
  /** The partition's end, as the last fetch knew it; undefined before the first. */
  highWatermark: number | undefined;
  readonly #abort = new AbortController();
  #isReleased = false;

  /**
   * @param start where reading begins, with what an owner before us has finished beyond it and counted.
   * @param before the last ownership of this partition in this process, if there was one.
   * @param resumeFlood whether what was counted counts.
   */
  constructor(
    start: StartPosition,
    { before, resumeFlood }: { readonly before?: OwnedPartition | undefined; readonly resumeFlood: boolean },
  ) {
    this.topic = start.topic;
    this.partition = start.partition;
    this.firstOffset = start.offset;
    const { finished, flood } = decodeCommitMetadata(start.metadata ?? "", start.offset);
    this.tracker = new OffsetTracker(start.offset, finished);
    this.flood = flood && resumeFlood ? FloodGuard.resume(flood, start.offset) : new FloodGuard();
    this.committedChanges = start.metadata === undefined ? undefined : this.tracker.changes;
    if (before === undefined) return;
    for (const [key, ended] of before.#frozen) this.#freeze(key, ended);
    for (const [key, { ended }] of before.lanes) this.#freeze(key, ended); // it has waited for the one before itself
  }

  /** Resolves when no attempt of an earlier ownership runs for this key: two at once could be of the same record. */
  frozen(key: number): Promise<void> | undefined {
    return this.#frozen.get(key);
  }

  #freeze(key: number, ended: Promise<void>): void {
    this.#frozen.set(key, ended);
    void ended.then(() => this.#frozen.delete(key));
  }

  /** Whether the group is known to have a commit. */
  get hasCommit(): boolean {
    return this.committedChanges !== undefined;
  }

  /** Aborts when the partition is no longer ours. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The partition is no longer ours: what its signal says, for those who ask for every record. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Whether more of it may be started: it is ours, and its flood guard does not hold it. */
  get isRunning(): boolean {
    return !this.#isReleased && this.flood.held === undefined;
  }

  /** From now on nothing of this ownership counts. */
  release(why: string): void {
    this.#isReleased = true;
    this.#abort.abort(new Error(`${coordinates(this)} was given back: ${why}`));
  }
}
