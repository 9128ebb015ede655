const NOT_SENT = 0;
const SENT = 1;
const ACKED = 2;
const DEFINITE = 3;
const UNKNOWN = 4;
const MAX_SHOWN = 5;
const PARTITION_UNIT = 2 ** 40;

/** How the orders of a run ended. */
export interface LedgerCounts {
  readonly sent: number;
  readonly acked: number;
  readonly definite: number;
  readonly unknown: number;
  /** Records that were in the log again. */
  readonly repeats: number;
}

/**
 * What became of each numbered order, and what the log says: a few bytes an order, for a million of them.
 *
 * Held: an acknowledged order is in the log where its acknowledgement says (nothing lost); a `definite` one is not (no
 * ghosts); an order is there twice only if a try of it was ambiguous; the first records of each user's orders stand in
 * the order of their numbers; and every send was answered.
 */
export class LeanLedger {
  readonly #fates: Uint8Array;
  readonly #places: Float64Array;
  readonly #copies: Uint8Array;
  readonly #ambiguous: Uint8Array;
  readonly #confirmed: Uint8Array;
  readonly #newestOfUser = new Map<number, number>();
  readonly #userOf: (number: number) => number;
  readonly #violations: string[] = [];
  #violationCount = 0;

  constructor(
    { capacity, userOf }: { readonly capacity: number; readonly userOf: (number: number) => number },
  ) {
    this.#fates = new Uint8Array(capacity);
    this.#places = new Float64Array(capacity);
    this.#copies = new Uint8Array(capacity);
    this.#ambiguous = new Uint8Array(capacity);
    this.#confirmed = new Uint8Array(capacity);
    this.#userOf = userOf;
  }

  get capacity(): number {
    return this.#fates.length;
  }

  sent(number: number): void {
    this.#fates[number] = SENT;
  }

  acked(
    number: number,
    { partition, offset }: { readonly partition: number; readonly offset: number },
  ): void {
    this.#answered(number, ACKED);
    this.#places[number] = partition * PARTITION_UNIT + offset;
  }

  refused(number: number, { definite }: { readonly definite: boolean }): void {
    this.#answered(number, definite ? DEFINITE : UNKNOWN);
  }

  /** A try to write it ended without anybody knowing whether it is written: it may be there again. */
  ambiguous(number: number): void {
    this.#ambiguous[number] = 1;
  }

  /** A second client found it there. Each partition must be told from its beginning to its end. */
  found(
    number: number,
    { partition, offset }: { readonly partition: number; readonly offset: number },
  ): void {
    const fate = this.#fates[number] ?? NOT_SENT;
    const place = `order ${number} at ${partition}@${offset}`;
    if (fate === NOT_SENT) return this.#violated(`${place} was never sent`);
    if (fate === DEFINITE) this.#violated(`${place} was answered definite, never to be written`);
    if (fate === ACKED && this.#places[number] === partition * PARTITION_UNIT + offset) {
      this.#confirmed[number] = 1;
    }
    if (this.#copies[number]!++ > 0) {
      if (this.#ambiguous[number] === 0 && fate !== UNKNOWN) {
        this.#violated(`${place} is there again, though no try of it was ambiguous`);
      }
      return;
    }
    const user = this.#userOf(number);
    const newest = this.#newestOfUser.get(user) ?? -1;
    if (number < newest) this.#violated(`${place} stands behind order ${newest} of the same user`);
    else this.#newestOfUser.set(user, number);
  }

  /** Something that no order explains. */
  stranger(what: string): void {
    this.#violated(what);
  }

  /** The counts, when all of it holds; throws the first violations otherwise. After the last `found`. */
  verdict(): LedgerCounts {
    const counts = [0, 0, 0, 0, 0];
    let repeats = 0;
    for (let number = 0; number < this.capacity; number++) {
      const fate = this.#fates[number]!;
      counts[fate]!++;
      repeats += Math.max(0, this.#copies[number]! - 1);
      if (fate === SENT) this.#violated(`order ${number} was sent and never answered`);
      if (fate === ACKED && this.#confirmed[number] === 0) this.#violated(this.#lost(number));
    }
    if (this.#violationCount > 0) {
      const more = this.#violationCount - this.#violations.length;
      throw new Error(
        `${this.#violationCount} violations: ${this.#violations.join("; ")}${
          more > 0 ? `; and ${more} more` : ""
        }`,
      );
    }
    const [none, , acked, definite, unknown] = counts as [number, number, number, number, number];
    return { sent: this.capacity - none, acked, definite, unknown, repeats };
  }

  #lost(number: number): string {
    const place = this.#places[number]!;
    const partition = Math.floor(place / PARTITION_UNIT);
    const where = this.#copies[number] === 0 ? "and is not in the log" : "and stands elsewhere";
    return `order ${number} was acknowledged at ${partition}@${place % PARTITION_UNIT} ${where}`;
  }

  #answered(number: number, fate: number): void {
    if (this.#fates[number] !== SENT) this.#violated(`order ${number} was answered without being under way`);
    this.#fates[number] = fate;
  }

  #violated(what: string): void {
    this.#violationCount++;
    if (this.#violations.length < MAX_SHOWN) this.#violations.push(what);
  }
}
