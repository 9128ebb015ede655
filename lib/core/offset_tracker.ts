/**
 * What is finished of one partition, and how far it may be committed.
 *
 * One tracker lives as long as one ownership of the partition: it is the epoch. A result that belongs to a
 * tracker which is no longer the partition's is dropped.
 *
 *     committable        next
 *          |               |
 *     … F F . F . . F F .  (F finished, . admitted and unfinished)
 */
export class OffsetTracker {
  /** Admitted offsets that are not finished. A Set iterates in the order of adding: lowest offset first. */
  readonly #unfinished = new Set<number>();
  #next: number;

  /** @param first the offset at which this ownership begins to read. */
  constructor(first: number) {
    this.#next = first;
  }

  /** The lowest offset that was never admitted. */
  get next(): number {
    return this.#next;
  }

  /** How many admitted records are not finished. */
  get unfinished(): number {
    return this.#unfinished.size;
  }

  /**
   * The offset to commit: everything below it is finished. Kafka's convention: the next offset to read.
   * Offsets that the log skips (compaction, transaction markers) are no gaps, since they are never admitted.
   */
  get committable(): number {
    for (const lowest of this.#unfinished) return lowest;
    return this.#next;
  }

  /** Takes a record in, once: `false` says that it was taken before (a redelivery), finished or not. */
  admit(offset: number): boolean {
    if (offset < this.#next) return false;
    this.#unfinished.add(offset);
    this.#next = offset + 1;
    return true;
  }

  /** Everything below `offset` was seen by the reader, though the log may hold no record there. */
  skipTo(offset: number): void {
    if (offset > this.#next) this.#next = offset;
  }

  /** Marks an admitted record as finished; finishing it again is harmless. */
  finish(offset: number): void {
    this.#unfinished.delete(offset);
  }
}
