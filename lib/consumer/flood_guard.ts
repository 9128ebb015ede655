import { LatestOutcomes } from "./latest_outcomes.ts";

/** When so many dead letters look like our fault and not the messages'. */
export interface FloodLimits {
  /** Dead letters in a row, in the order of the log: with no record between them that passed. */
  readonly inARow: number;
  /** Or more than this share … */
  readonly share: number;
  /** … of so many latest records … */
  readonly window: number;
  /** … once this many were seen. */
  readonly atLeast: number;
}

export const FLOOD_LIMITS: FloodLimits = { inARow: 50, share: 0.2, window: 1_000, atLeast: 500 };

/**
 * Notices a partition whose records are dead-lettered one after the other, which more often means a bad release of
 * ours than bad messages. Pure; one per partition. Holding means that nothing more of the partition is started, so
 * that the fault costs 50 dead letters and not the topic.
 */
export class FloodGuard {
  readonly #limits: FloodLimits;
  readonly #acceptBelow: number;
  readonly #latest: boolean[] = [];
  readonly #byOffset = new LatestOutcomes();
  #at = 0;
  #deadInWindow = 0;
  #held: string | undefined;

  /** @param acceptBelow records below this offset never count: an operator has accepted them (`--accept-flood`). */
  constructor(limits: FloodLimits = FLOOD_LIMITS, acceptBelow = 0) {
    this.#limits = limits;
    this.#acceptBelow = acceptBelow;
  }

  /** Why the partition is held, in words, or undefined. */
  get held(): string | undefined {
    return this.#held;
  }

  /** Holds the partition for a reason of another kind. */
  hold(why: string): void {
    this.#held ??= why;
  }

  /** A record was processed or skipped. */
  passed(offset: number): void {
    if (offset < this.#acceptBelow) return;
    this.#byOffset.passed(offset);
    this.#note(false);
  }

  /**
   * A record is about to be dead-lettered: `false` says that it must wait, because the partition is held. Counted
   * here and not after the write, or a hundred writes under way at once would all pass.
   */
  mayDeadLetter(offset: number): boolean {
    if (offset < this.#acceptBelow) return true;
    if (this.#held !== undefined) return false;
    this.#byOffset.dead(offset);
    this.#note(true);
    const { inARow, share, atLeast } = this.#limits;
    if (this.#byOffset.deadAround(offset, inARow) >= inARow) {
      this.#held = `${inARow} dead letters in a row`;
    } else if (this.#latest.length >= atLeast && this.#deadInWindow > share * this.#latest.length) {
      this.#held = `${this.#deadInWindow} dead letters among the last ${this.#latest.length} records`;
    }
    return true;
  }

  #note(dead: boolean): void {
    const { window } = this.#limits;
    if (this.#latest.length === window && this.#latest[this.#at]) this.#deadInWindow--;
    this.#latest[this.#at] = dead;
    if (dead) this.#deadInWindow++;
    this.#at = (this.#at + 1) % window;
  }
}
