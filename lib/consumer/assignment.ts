import type { TopicPartition } from "../core/record.ts";
import type { FetchedBatch, StartPosition } from "../kafka/ports.ts";
import type { FloodMode } from "./consumer_options.ts";
import { FloodGuard } from "./flood_guard.ts";
import { OwnedPartition } from "./owned_partition.ts";

/**
 * Which partitions are ours. A join in which the group still knew us keeps what we keep; when it had given us up
 * (another member id), somebody else may have had every partition meanwhile, and all begins anew.
 */
export class Assignment {
  readonly #floodGuard: FloodMode;
  #member: string | undefined;
  #assigned = new Map<number, TopicPartition>();
  #owned = new Map<number, OwnedPartition>();
  /** Of every partition that was ever ours: its handlers may still run. */
  readonly #last = new Map<number, OwnedPartition>();

  constructor({ floodGuard }: { readonly floodGuard: FloodMode }) {
    this.#floodGuard = floodGuard;
  }

  /** Everything that was assigned by the last join, read from or not. */
  get assigned(): readonly TopicPartition[] {
    return [...this.#assigned.values()];
  }

  /** What is assigned and has a position. */
  get owned(): Iterable<OwnedPartition> {
    return this.#owned.values();
  }

  /** Takes note of a join. Returns what was ours before and is gone, or begins anew. */
  joined(member: string, partitions: readonly TopicPartition[]): readonly TopicPartition[] {
    const sameMember = member === this.#member;
    this.#member = member;
    this.#assigned = new Map(partitions.map((one) => [one.partition, one]));
    const why = sameMember ? "the group gave it to another member" : "the group had given this member up";
    const lost = [...this.#owned.values()].filter(({ partition }) =>
      !sameMember || !this.#assigned.has(partition)
    );
    for (const owned of lost) {
      this.#owned.delete(owned.partition);
      owned.release(why);
    }
    return lost;
  }

  /** Whether a partition is assigned and has no position yet. */
  mayBegin({ partition }: TopicPartition): boolean {
    return this.#assigned.has(partition) && !this.#owned.has(partition);
  }

  /** The last ownership of a partition, also one that is over. */
  last(partition: number): OwnedPartition | undefined {
    return this.#last.get(partition);
  }

  /** Begins to own a partition, at this position. */
  begin(start: StartPosition): OwnedPartition {
    const owned = new OwnedPartition(start, {
      before: this.#last.get(start.partition),
      resumeFlood: this.#floodGuard === "on",
    });
    this.#owned.set(start.partition, owned);
    this.#last.set(start.partition, owned);
    return owned;
  }

  /** The partition as we own it, with what the batch tells of it; undefined when it is not ours. */
  take(batch: FetchedBatch): OwnedPartition | undefined {
    const owned = this.#owned.get(batch.partition);
    if (owned === undefined) return undefined;
    if (owned.highWatermark === undefined && this.#floodGuard === "accept") {
      owned.flood = new FloodGuard(undefined, batch.highWatermark);
    }
    owned.highWatermark = batch.highWatermark;
    return owned;
  }

  /** Gives one partition up, to be begun anew. */
  release(partition: number, why: string): void {
    this.#owned.get(partition)?.release(why);
    this.#owned.delete(partition);
  }

  get(partition: number): OwnedPartition | undefined {
    return this.#owned.get(partition);
  }

  /** Whether this is the present ownership of its partition. */
  isCurrent(owned: OwnedPartition): boolean {
    return this.#owned.get(owned.partition) === owned;
  }

  /** Gives everything back: the membership is over. */
  releaseAll(why: string): void {
    for (const owned of this.#owned.values()) owned.release(why);
    this.#owned.clear();
    this.#assigned.clear();
    this.#member = undefined;
  }
}
