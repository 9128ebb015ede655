import type { Fifo } from "../core/fifo.ts";
import { OffsetTracker } from "../core/offset_tracker.ts";
import { type ConsumerRecord, coordinates, type TopicPartition } from "../core/record.ts";
import type { StartPosition } from "../kafka/ports.ts";
import { decodeCommitMetadata } from "./commit_metadata.ts";
import { FloodGuard } from "./flood_guard.ts";

/**
 * One partition for as long as it is ours without a break: what is finished of it, and the lanes of its users. When
 * the partition is lost, or comes back after having been lost, a new object takes its place; work that still runs
 * for the old one is aborted, and its results go nowhere.
 */
export class OwnedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly tracker: OffsetTracker;
  /** Set anew by the first batch, where an operator has accepted what the partition holds. */
  flood = new FloodGuard();
  /** The records of one key, in order; a lane exists while it holds or runs any. */
  readonly lanes = new Map<string, Fifo<ConsumerRecord>>();
  /** The tracker's `changes` that the group knows of; undefined while it has no commit at all. */
  committedChanges: number | undefined;
  /** The partition's end, as the last fetch knew it; undefined before the first. */
  highWatermark: number | undefined;
  readonly #abort = new AbortController();

  /** @param start where reading begins, with what an owner before us has finished beyond it. */
  constructor(start: StartPosition) {
    this.topic = start.topic;
    this.partition = start.partition;
    this.tracker = new OffsetTracker(start.offset, decodeCommitMetadata(start.metadata ?? "", start.offset));
    this.committedChanges = start.metadata === undefined ? undefined : this.tracker.changes;
  }

  /** Aborts when the partition is no longer ours. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** From now on nothing of this ownership counts. */
  release(why: string): void {
    this.#abort.abort(new Error(`${coordinates(this)} was given back: ${why}`));
  }
}
