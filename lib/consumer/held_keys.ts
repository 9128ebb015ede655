/** From its dead letter on, a key's records stay behind it, until the offset at which the key was released. */
interface Held {
  from: number;
  until: number | undefined;
}

/** So many keys of one partition are remembered: some 20 MB. */
const MAX_KEYS = 100_000;

/**
 * The keys of one partition whose later records must follow one of theirs into the dead letters. Pure. Offsets decide
 * and not the order of the calls: after a crash records come again that lie before a release which is known by then.
 */
export class HeldKeys {
  readonly #byKey = new Map<string, Held>();
  readonly #maxKeys: number;

  constructor(maxKeys: number = MAX_KEYS) {
    this.#maxKeys = maxKeys;
  }

  /** No further key can be remembered, so none may be added. */
  get isFull(): boolean {
    return this.#byKey.size >= this.#maxKeys;
  }

  /** The record of this key at this offset is a dead letter. */
  dead(key: string, offset: number): void {
    const held = this.#byKey.get(key);
    if (held === undefined || (held.until !== undefined && offset > held.until)) {
      this.#byKey.set(key, { from: offset, until: undefined });
    } else held.from = Math.min(held.from, offset);
  }

  /** The key's records are processed again from this offset on. */
  released(key: string, offset: number): void {
    const held = this.#byKey.get(key);
    if (held !== undefined) held.until = Math.max(held.until ?? 0, offset);
  }

  /** The offset of the dead letter that this record must stay behind; undefined: it is free. */
  behind(key: string, offset: number): number | undefined {
    const held = this.#byKey.get(key);
    if (held === undefined || offset <= held.from) return undefined;
    return held.until === undefined || offset < held.until ? held.from : undefined;
  }
}
