/**
 * Kafka's wire: frames, and the types within them. Only what a proxy needs, which is to read a little and copy the rest.
 */

/** Bytes that are not what the protocol says: the proxy hangs up and says so in its ledger. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** No Kafka frame is larger; a "size" beyond it is another protocol, TLS for example. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** Puts together the frames (without their size) out of chunks that were cut anywhere. */
export class FrameSplitter {
  #size = new Uint8Array(4);
  #sizeFilled = 0;
  #body: Uint8Array | undefined;
  #bodyFilled = 0;

  /** The frames that `chunk` completes. */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let at = 0; at < chunk.length;) {
      if (this.#body === undefined) {
        this.#size[this.#sizeFilled++] = chunk[at++]!;
        if (this.#sizeFilled === 4) this.#body = new Uint8Array(this.#announced());
      } else {
        const part = chunk.subarray(at, at + this.#body.length - this.#bodyFilled);
        this.#body.set(part, this.#bodyFilled);
        this.#bodyFilled += part.length;
        at += part.length;
      }
      if (this.#body !== undefined && this.#bodyFilled === this.#body.length) {
        frames.push(this.#body);
        this.#body = undefined;
        this.#sizeFilled = this.#bodyFilled = 0;
      }
    }
    return frames;
  }

  #announced(): number {
    const size = new DataView(this.#size.buffer).getInt32(0);
    if (size >= 0 && size <= MAX_FRAME_BYTES) return size;
    throw new WireError(`A frame of ${size} bytes was announced: this is not plain Kafka.`);
  }
}

/** A frame as it goes over the wire, its size in front. */
export function framed(body: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat([int32(body.length), body]);
}

/** A 32-bit integer in network order. */
export function int32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

/** A string in the form that versions with compact types use, or in the old one. */
export function encodeString(value: string, { flexible }: { flexible: boolean }): Uint8Array {
  const text = new TextEncoder().encode(value);
  if (text.length > 126) throw new WireError(`The proxy writes short names only, not ${text.length} bytes.`);
  return concat([Uint8Array.from(flexible ? [text.length + 1] : [0, text.length]), text]);
}

/** All of `parts`, one after another. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads one value after another; `flexible` stands for compact strings, bytes and arrays, and tagged fields. */
export class WireReader {
  at = 0;
  flexible = false;
  readonly #view: DataView;

  constructor(readonly source: Uint8Array) {
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  int8 = () => this.#view.getInt8(this.#skip(1));
  int16 = () => this.#view.getInt16(this.#skip(2));
  int32 = () => this.#view.getInt32(this.#skip(4));
  /** As a number: offsets and producer ids stay below 2^53. */
  int64 = () => Number(this.#view.getBigInt64(this.#skip(8)));

  /** A number of variable length, as record batches have them: small ones of either sign are short. */
  varint(): number {
    const value = this.#unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** So many bytes as they are; a view of the source. */
  take = (length: number) => this.#take(length);

  string(): string | null {
    const length = this.flexible ? this.#unsigned() - 1 : this.int16();
    return length < 0 ? null : new TextDecoder().decode(this.#take(length));
  }

  bytes(): Uint8Array {
    return this.#take(Math.max(0, this.flexible ? this.#unsigned() - 1 : this.int32()));
  }

  array<T>(item: () => T): T[] {
    const length = this.flexible ? this.#unsigned() - 1 : this.int32();
    const items: T[] = [];
    // Not `Array.from({ length })`: the length is not to be trusted before its items are there.
    for (let index = 0; index < length; index++) items.push(item());
    return items;
  }

  /** Passes over the tagged fields that end every structure of a flexible version. */
  tags(): void {
    if (!this.flexible) return;
    for (let left = this.#unsigned(); left > 0; left--) {
      this.#unsigned();
      this.#skip(this.#unsigned());
    }
  }

  #unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#view.getUint8(this.#skip(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new WireError("A variable-length number does not end.");
  }

  #take(length: number): Uint8Array {
    const from = this.#skip(length);
    return this.source.subarray(from, from + length);
  }

  #skip(length: number): number {
    const from = this.at;
    if (from + length > this.source.length) {
      throw new WireError(`Wanted ${length} bytes at ${from} of a message of ${this.source.length}.`);
    }
    this.at += length;
    return from;
  }
}
