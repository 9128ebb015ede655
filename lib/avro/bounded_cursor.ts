/** In all lists and maps of one value together. */
export const MAX_ITEMS = 100_000;
/** Records, lists and maps inside one another. */
export const MAX_DEPTH = 128;
/** Fields that take no bytes are read as well; so many are let through beside one for each byte. */
export const SPARE_STEPS = 10_000;

/** Where the walk is, and what it has met so far. Every method throws an `Error` that says what is too much. */
export class BoundedCursor {
  readonly #bytes: Uint8Array;
  position: number;
  #items = 0;
  #depth = 0;
  #steps: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.position = offset;
    this.#steps = SPARE_STEPS + bytes.length;
  }

  /** A zigzag number; exact up to 2^53, and far enough above what anything may count. */
  long(): number {
    let [value, scale] = [0, 1];
    for (let length = 1; length <= 10; length++) {
      const byte = this.#bytes[this.position++];
      if (byte === undefined) throw new Error("it ends too early");
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new Error("a number in it is longer than ten bytes");
  }

  skip(bytes: number): void {
    if (bytes < 0) throw new Error(`a length in it is ${bytes}`);
    if (bytes > this.#bytes.length - this.position) {
      throw new Error(`a part of it says it has ${bytes} bytes, but ${this.#left()} are left`);
    }
    this.position += bytes;
  }

  /** Items that a list says it has: as many as there is room for, and not too many in all. */
  claim(count: number, least: number): void {
    if (count * least > this.#left()) {
      throw new Error(
        `a list says it has ${count} items of at least ${least} bytes, but ${this.#left()} bytes are left`,
      );
    }
    this.#items += count;
    if (this.#items > MAX_ITEMS) throw new Error(`its lists say they have more than ${MAX_ITEMS} items`);
  }

  step(): void {
    if (--this.#steps < 0) throw new Error("it holds far more fields than bytes");
  }

  enter(what: string): void {
    if (++this.#depth > MAX_DEPTH) throw new Error(`${what} in it is nested more than ${MAX_DEPTH} deep`);
  }

  leave(): void {
    this.#depth--;
  }

  #left(): number {
    return Math.max(0, this.#bytes.length - this.position);
  }
}
