import type { Fifo } from "../core/fifo.ts";
import { OffsetTracker } from "../core/offset_tracker.ts";
import { type ConsumerRecord, coordinates, type TopicPartition } from "../core/record.ts";
import type { FloodGuard } from "./flood_guard.ts";

/**
 * One partition for as long as it is ours without a break: what is finished of it, and the lanes of its users. When
 * the partition is lost, or comes back after having been lost, a new object takes its place; work that still runs
 * for the old one is aborted, and its results go nowhere.
 */
export class OwnedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly tracker: OffsetTracker;
  readonly flood: FloodGuard;
  /** The records of one key, in order; a lane exists while it holds or runs any. */
  readonly lanes = new Map<string, Fifo<ConsumerRecord>>();
  /** The last offset committed, or where this ownership began. */
  committed: number;
  /** The partition's end, as the last fetch knew it. */
  highWatermark: number;
  readonly #abort = new AbortController();

  constructor(at: TopicPartition, first: number, highWatermark: number, flood: FloodGuard) {
    this.topic = at.topic;
    this.partition = at.partition;
    this.tracker = new OffsetTracker(first);
    this.committed = first;
    this.highWatermark = highWatermark;
    this.flood = flood;
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
