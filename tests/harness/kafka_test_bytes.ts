/**
 * Kafka messages by hand, for tests: `bytes(int16(3), text("orders"))`. The two forms of strings and arrays are
 * separate functions, so that a test says which one it means instead of computing it as the code does.
 */
import { concat, int32 } from "./kafka_proxy_wire.ts";

export { int32 };

/** Parts one after another; a number is one byte. */
export function bytes(...parts: readonly (Uint8Array | number)[]): Uint8Array<ArrayBuffer> {
  return concat(parts.map((part) => typeof part === "number" ? Uint8Array.of(part) : part));
}

export function int16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}

export function int64(value: number): Uint8Array {
  const eight = new Uint8Array(8);
  new DataView(eight.buffer).setBigInt64(0, BigInt(value));
  return eight;
}

/** A string of the old form; `null` is length -1. */
export function text(value: string | null): Uint8Array {
  return value === null ? int16(-1) : bytes(int16(value.length), new TextEncoder().encode(value));
}

/** A compact string, shorter than 127 bytes; `null` is 0. */
export function compact(value: string | null): Uint8Array {
  return value === null ? bytes(0) : bytes(value.length + 1, new TextEncoder().encode(value));
}

/** An array of the old form. */
export function list(...items: readonly Uint8Array[]): Uint8Array {
  return bytes(int32(items.length), ...items);
}

/** What stands before every request: API key and version, correlation id 77, client `shop`. */
export function requestHeader(apiKey: number, apiVersion: number): Uint8Array {
  return bytes(int16(apiKey), int16(apiVersion), int32(77), text("shop"));
}

/** A record batch of `records` records, as far as its header goes, from producer 4001. */
export function recordBatch(
  { records, baseSequence }: { records: number; baseSequence: number },
): Uint8Array {
  const rest = bytes(int32(-1), 2, int32(0), int16(0), int32(records - 1), int64(0), int64(0));
  const owner = bytes(int64(4_001), int16(0), int32(baseSequence), int32(records), new Uint8Array(9));
  return bytes(int64(0), int32(rest.length + owner.length), rest, owner);
}
