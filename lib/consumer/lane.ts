import { Fifo } from "../core/fifo.ts";
import { keyHash } from "../core/key_hash.ts";
import type { ConsumerRecord } from "../core/record.ts";
import type { OwnedPartition } from "./owned_partition.ts";

/** The records of one key of a partition, in order; a lane exists while it holds or runs any. */
export class Lane {
  #first: ConsumerRecord | undefined;
  /** Most lanes never hold a second record. */
  #others: Fifo<ConsumerRecord> | undefined;
  #ended: PromiseWithResolvers<void> | undefined;

  constructor(readonly owned: OwnedPartition, readonly key: number) {}

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  push(record: ConsumerRecord): void {
    if (this.#first === undefined) this.#first = record;
    else (this.#others ??= new Fifo()).push(record);
  }

  /** The next record, without taking it. */
  peek(): ConsumerRecord | undefined {
    return this.#first;
  }

  /** Takes the next record. */
  shift(): ConsumerRecord | undefined {
    const next = this.#first;
    this.#first = this.#others?.shift();
    return next;
  }

  /** Resolves when the last record of the lane is at its end. */
  get ended(): Promise<void> {
    return (this.#ended ??= Promise.withResolvers<void>()).promise;
  }

  /** The last record is at its end. */
  end(): void {
    this.owned.lanes.delete(this.key);
    this.#ended?.resolve();
  }
}

/**
 * Which lane a record belongs into: that of its key, by the key's hash. Two keys that share a hash share a lane, which
 * costs them to wait for one another and nothing else. Records without a key cannot be in anyone's order: each has a
 * lane of its own.
 */
export function laneKeyOf(record: ConsumerRecord): number {
  return record.keyHash ?? (record.key === null ? -1 - record.offset : keyHash(record.key));
}
