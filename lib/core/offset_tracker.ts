/** Finished offsets are forgotten when so many have gathered. */
const FORGET_AT = 1_024;

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
  /** Admitted offsets, ascending, and which of them are finished; all before `#head` are, and forgotten in time. */
  #offsets: number[] = [];
  #ends: boolean[] = [];
  #head = 0;
  #unfinished = 0;
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
    return this.#unfinished;
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
    return this.#offsets[this.#head] ?? this.#next;
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
    return offset < this.#next
      ? this.#ends[this.#indexOf(offset)] !== false
      : this.#finishedAhead.has(offset);
  }

  /** Takes a record in, once: `false` says that there is nothing to do (a redelivery, or finished before). */
  admit(offset: number): boolean {
    if (offset < this.#next) return false;
    const ahead = this.#finishedAhead.size > 0 && this.#finishedAhead.delete(offset);
    if (ahead || offset > this.#next) this.#changes++;
    this.#next = offset + 1;
    if (ahead) return false;
    this.#offsets.push(offset);
    this.#ends.push(false);
    this.#unfinished++;
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
    const index = this.#indexOf(offset);
    if (this.#ends[index] !== false) return;
    this.#ends[index] = true;
    this.#unfinished--;
    this.#changes++;
    while (this.#ends[this.#head] === true) this.#head++;
    if (this.#head > FORGET_AT && this.#head * 2 > this.#offsets.length) {
      this.#offsets = this.#offsets.slice(this.#head);
      this.#ends = this.#ends.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Of an admitted offset that is not forgotten; -1 for any other. */
  #indexOf(offset: number): number {
    const offsets = this.#offsets;
    // Nearly always every offset between the lowest and this one was admitted.
    const near = this.#head + offset - this.committable;
    if (offsets[near] === offset) return near;
    let [low, high] = [this.#head, offsets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsets[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return offsets[low] === offset ? low : -1;
  }
}
