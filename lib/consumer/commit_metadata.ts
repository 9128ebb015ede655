import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { OffsetTracker } from "../core/offset_tracker.ts";

/** Ours, version 1. */
const MARK = "orderline1";
const SEPARATOR = ":";
/** Offsets that one commit can speak of: incompressible they take 4,000 characters of the 4,096 that Kafka allows. */
const MAX_OFFSETS = 23_936;

/**
 * What is finished beyond the committed offset, as the text that travels with the commit: the next owner of the
 * partition then repeats none of it. Empty when there is no such thing. Never more than 4,096 bytes: what lies further
 * ahead than it can hold is repeated, as it would be without it.
 *
 * `orderline1:<committed offset>:<base64url of the deflated bits>`; bit n stands for the committed offset + n.
 */
export function encodeCommitMetadata(
  tracker: Pick<OffsetTracker, "committable" | "knownEnd" | "isFinished">,
): string {
  const { committable } = tracker;
  const count = Math.min(tracker.knownEnd - committable, MAX_OFFSETS);
  const bits = new Uint8Array(Math.ceil(Math.max(0, count) / 8));
  let any = false;
  for (let at = 0; at < count; at++) {
    if (!tracker.isFinished(committable + at)) continue;
    bits[at >> 3]! |= 1 << (at & 7);
    any = true;
  }
  if (!any) return "";
  const packed = deflateRawSync(bits).toString("base64url");
  return [MARK, committable, packed].join(SEPARATOR);
}

/**
 * The offsets that a commit's metadata calls finished. None for metadata that is not ours, or that belongs to another
 * offset (somebody has moved the group and kept the text): a record too many is better than one too few.
 */
export function decodeCommitMetadata(text: string, committed: number): readonly number[] {
  const [mark, offset, packed] = text.split(SEPARATOR);
  if (mark !== MARK || offset !== String(committed) || packed === undefined) return [];
  try {
    const bits = inflateRawSync(Uint8Array.fromBase64(packed, { alphabet: "base64url" }), {
      maxOutputLength: MAX_OFFSETS / 8,
    });
    const finished: number[] = [];
    for (let at = 0; at < bits.length * 8; at++) {
      if (bits[at >> 3]! & (1 << (at & 7))) finished.push(committed + at);
    }
    return finished;
  } catch {
    return [];
  }
}
