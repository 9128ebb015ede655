import type { OffsetTracker } from "../core/offset_tracker.ts";
import type { Flood, FloodState } from "./flood_state.ts";
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
/** So many dead letters in a row may be forgotten by a crash: bad records that lie apart cost nothing more. */
const FORGETTABLE = 5;

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
  /** Dead letters that count and are not at their end yet, by offset. */
  readonly #unwritten = new Set<number>();
  #flood: Flood | undefined;
  #held: string | undefined;

  /** @param acceptBelow records below this offset never count: an operator has accepted them (`--accept-flood`). */
  constructor(limits: FloodLimits = FLOOD_LIMITS, acceptBelow = 0) {
    this.#limits = limits;
    this.#acceptBelow = acceptBelow;
  }

  /** Goes on where the guard of an owner before us was: what it held is held, and what it counted counts. */
  static resume(state: FloodState, position: number, limits: FloodLimits = FLOOD_LIMITS): FloodGuard {
    const { flood, row, dead, seen, acceptBelow } = state;
    const guard = new FloodGuard(limits, acceptBelow);
    guard.#byOffset.resume(position, row);
    // Where the dead ones lay in the window is not known: evenly, they are forgotten as slowly as they came.
    const until = (index: number) => Math.floor((index * dead) / seen);
    for (let index = 0; index < Math.min(seen, limits.window); index++) {
      guard.#note(until(index + 1) > until(index));
    }
    if (flood !== undefined) guard.#hold(flood);
    return guard;
  }

  /** Why the partition is held, in words, or undefined. */
  get held(): string | undefined {
    return this.#held;
  }

  /**
   * What the next owner should know if it began now. What is not at its end comes again, and counts then: a hold is
   * told of when the dead letters that led to it can be looked at.
   */
  stateAt(tracker: Pick<OffsetTracker, "committable" | "isFinished">): FloodState {
    const row = this.#byOffset.rowAt(tracker.committable, this.#limits.inARow);
    return {
      flood: this.#unwritten.size === 0 ? this.#flood : undefined,
      row: { ...row, above: row.above.filter((offset) => tracker.isFinished(offset)) },
      dead: this.#deadInWindow,
      seen: this.#latest.length,
      acceptBelow: this.#acceptBelow,
    };
  }

  /** Whether a dead letter is one of so many in a row that no crash may make the next owner forget them. */
  mustBeKnown(offset: number): boolean {
    return this.#rowAround(offset) > FORGETTABLE;
  }

  /** Holds the partition for a reason of another kind, which only this owner has. */
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
    this.#unwritten.add(offset);
    const { inARow, share, atLeast } = this.#limits;
    if (this.#rowAround(offset) >= inARow) this.#hold("row");
    else if (this.#latest.length >= atLeast && this.#deadInWindow > share * this.#latest.length) {
      this.#hold("share");
    }
    return true;
  }

  /** A record that was dead-lettered is at its end. */
  written(offset: number): void {
    this.#unwritten.delete(offset);
  }

  #rowAround(offset: number): number {
    return this.#byOffset.deadAround(offset, this.#limits.inARow);
  }

  #hold(flood: Flood): void {
    this.#flood = flood;
    this.#held = flood === "row"
      ? `${this.#limits.inARow} dead letters in a row`
      : `${this.#deadInWindow} dead letters among the last ${this.#latest.length} records`;
  }

  #note(dead: boolean): void {
    const { window } = this.#limits;
    if (this.#latest.length === window && this.#latest[this.#at]) this.#deadInWindow--;
    this.#latest[this.#at] = dead;
    if (dead) this.#deadInWindow++;
    this.#at = (this.#at + 1) % window;
  }
}
