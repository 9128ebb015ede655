/** How far back outcomes are known, in offsets: more than may be in flight at once by default. */
const SPAN = 16_384;
const PASSED = 1;
const DEAD = 2;

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
    const end = this.#next ?? 0;
    let count = 0;
    for (let at = offset; count < atMost && at >= Math.max(0, end - SPAN); at--) {
      const ended = this.#ends[at % SPAN];
      if (ended === PASSED) break;
      if (ended === DEAD) count++;
    }
    for (let at = offset + 1; count < atMost && at < end; at++) {
      const ended = this.#ends[at % SPAN];
      if (ended === PASSED) break;
      if (ended === DEAD) count++;
    }
    return count;
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
