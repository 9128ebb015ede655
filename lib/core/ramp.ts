/**
 * How many may run at once after an outage: 1, then 2, 4, 8 …, one step whenever so many have come through. A
 * dependency that has just come back is not met by everything that has waited.
 */
export class Ramp {
  readonly #full: number;
  #limit: number;
  #passed = 0;

  /** @param full how many may run at once when all is well. */
  constructor(full: number) {
    this.#full = full;
    this.#limit = full;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Whether nothing is left of the last outage. */
  get isFull(): boolean {
    return this.#limit === this.#full;
  }

  /** An outage is over: begin at one. */
  restart(): void {
    this.#limit = 1;
    this.#passed = 0;
  }

  /** One came through without a failure. */
  passed(): void {
    if (this.#limit === this.#full || ++this.#passed < this.#limit) return;
    this.#limit = Math.min(this.#limit * 2, this.#full);
    this.#passed = 0;
  }
}
