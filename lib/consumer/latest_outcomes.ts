/** How far back outcomes are known, in offsets: more than may be in flight at once by default. */
const SPAN = 16_384;
const PASSED = 1;
const DEAD = 2;

/** The dead letters around a position with no record between them that passed. */
export interface DeadRow {
  /** How many lie below the position, where everything has ended. */
  readonly below: number;
  /** The offsets of those at it and above, lowest first. */
  readonly above: readonly number[];
  /** The record at the position or above that passed, and so ends the row; undefined when none has yet. */
  readonly passedAt: number | undefined;
}

/**
 * How the latest records of one partition ended, by offset. They end in another order than they lie in: while a bad
 * stretch is dead-lettered, lanes behind it are processed already, and say nothing about the stretch.
 */
export class LatestOutcomes {
  /** By offset modulo the span; 0: not ended. */
  readonly #ends = new Uint8Array(SPAN);
  #next: number | undefined;

  passed(offset: number): void {
    this.#note(offset, PASSED);
  }

  dead(offset: number): void {
    this.#note(offset, DEAD);
  }

  /** The dead letters around this one with no record between them that passed; counts no further than `atMost`. */
  deadAround(offset: number, atMost: number): number {
    const { below, above } = this.rowAt(offset, atMost);
    return Math.min(below + above.length, atMost);
  }

  /** The row that spans a position; on either side it is followed no further than `atMost` dead letters. */
  rowAt(position: number, atMost: number): DeadRow {
    const end = this.#next ?? 0;
    const oldest = Math.max(0, end - SPAN);
    let below = 0;
    for (let at = Math.min(position, end) - 1; below < atMost && at >= oldest; at--) {
      const ended = this.#ends[at % SPAN];
      if (ended === PASSED) break;
      if (ended === DEAD) below++;
    }
    const above: number[] = [];
    for (let at = Math.max(position, oldest); above.length < atMost && at < end; at++) {
      const ended = this.#ends[at % SPAN];
      if (ended === PASSED) return { below, above, passedAt: at };
      if (ended === DEAD) above.push(at);
    }
    return { below, above, passedAt: undefined };
  }

  /** Takes note of a row that another one knew of. */
  resume(position: number, { below, above, passedAt }: DeadRow): void {
    const first = position - below;
    if (first > 0) this.passed(first - 1);
    for (let offset = first; offset < position; offset++) this.dead(offset);
    for (const offset of above) this.dead(offset);
    if (passedAt !== undefined) this.passed(passedAt);
  }

  #note(offset: number, ended: number): void {
    this.#next ??= offset;
    if (offset < this.#next - SPAN) return; // too long ago to matter
    const from = Math.max(this.#next, offset - SPAN + 1);
    for (let skipped = from; skipped < offset; skipped++) this.#ends[skipped % SPAN] = 0;
    this.#ends[offset % SPAN] = ended;
    this.#next = Math.max(this.#next, offset + 1);
  }
}
