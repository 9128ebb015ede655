/**
 * A number for a record's key, from 0 to 2^31 - 1: FNV-1a without its sign. Equal keys have equal numbers; that two
 * others share one is a chance of one in two thousand million.
 */
export function keyHash(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 1;
}
