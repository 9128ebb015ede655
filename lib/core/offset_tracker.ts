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
  /** Not read yet by this ownership, and finished by one before it. */
  readonly #finishedAhead: Set<number>;
  /** Past the last of those. */
  readonly #aheadEnd: number;
  #next: number;
  #changes = 0;

  /**
   * @param first the offset at which this ownership begins to read.
   * @param finishedAhead offsets beyond it that an earlier ownership has finished; admitting one of them is a repeat.
   */
  constructor(first: number, finishedAhead: Iterable<number> = []) {
    this.#next = first;
    this.#finishedAhead = new Set(finishedAhead);
    this.#aheadEnd = Math.max(first, ...[...this.#finishedAhead].map((offset) => offset + 1));
  }

  /** The lowest offset that was never admitted. */
  get next(): number {
    return this.#next;
  }

  /** How many admitted records are not finished. */
  get unfinished(): number {
    return this.#unfinished.size;
  }

  /** Rises whenever what is finished changes: as long as it does not, there is nothing new to commit. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * The offset to commit: everything below it is finished. Kafka's convention: the next offset to read.
   * Offsets that the log skips (compaction, transaction markers) are no gaps, since they are never admitted.
   */
  get committable(): number {
    for (const lowest of this.#unfinished) return lowest;
    return this.#next;
  }

  /** How far reading has gone beyond what can be committed, in offsets: what one slow record holds back. */
  get span(): number {
    return this.#next - this.committable;
  }

  /** Nothing from here on is known to be finished. */
  get knownEnd(): number {
    return Math.max(this.#next, this.#aheadEnd);
  }

  /** Whether nothing is left to do at this offset, be it that the log holds no record there. */
  isFinished(offset: number): boolean {
    return offset < this.#next ? !this.#unfinished.has(offset) : this.#finishedAhead.has(offset);
  }

  /** Takes a record in, once: `false` says that there is nothing to do (a redelivery, or finished before). */
  admit(offset: number): boolean {
    if (offset < this.#next) return false;
    const ahead = this.#finishedAhead.delete(offset);
    if (ahead || offset > this.#next) this.#changes++;
    this.#next = offset + 1;
    if (ahead) return false;
    this.#unfinished.add(offset);
    return true;
  }

  /** Everything below `offset` was seen by the reader, though the log may hold no record there. */
  skipTo(offset: number): void {
    if (offset <= this.#next) return;
    this.#changes++;
    this.#next = offset;
  }

  /** Marks an admitted record as finished; finishing it again is harmless. */
  finish(offset: number): void {
    if (this.#unfinished.delete(offset)) this.#changes++;
  }
}
