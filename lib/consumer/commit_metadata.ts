import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { OffsetTracker } from "../core/offset_tracker.ts";
import { decodeFloodState, encodeFloodState, type FloodState } from "./flood_state.ts";

/** Ours, version 1. */
const MARK = "orderline1";
const SEPARATOR = ":";
/** What Kafka allows. */
const MAX_LENGTH = 4_096;
/** Offsets that one commit can speak of: incompressible they take 3,740 characters, and leave room for the flood. */
const MAX_OFFSETS = 22_400;
/** Versions without a flood wrote of so many. */
const MAX_OFFSETS_READ = 23_936;

type Finished = Pick<OffsetTracker, "committable" | "knownEnd" | "isFinished">;

/** What a commit's metadata says to the partition's next owner. */
export interface CommitMetadata {
  /** The offsets beyond the committed one that are finished. */
  readonly finished: readonly number[];
  /** What the flood guard knew; undefined when there was nothing to know. */
  readonly flood: FloodState | undefined;
}

/**
 * What is finished beyond the committed offset, and what the flood guard knows there, as the text that travels with
 * the commit: the next owner of the partition then repeats none of it and counts on. Empty when there is nothing to
 * say. Never more than 4,096 bytes: what lies further ahead than it can hold is repeated, as it would be without it.
 *
 * `orderline1:<committed offset>:<base64url of the deflated bits>:<flood>`; bit n stands for the committed offset + n.
 * The last part is left out when there is none; who does not know it reads what stands before it.
 */
export function encodeCommitMetadata(tracker: Finished, flood: FloodState): string {
  const { committable } = tracker;
  const head = [MARK, committable, pack(tracker)].join(SEPARATOR);
  const counted = encodeFloodState(flood, committable, MAX_LENGTH - head.length - 1);
  if (counted !== "") return `${head}${SEPARATOR}${counted}`;
  return head.endsWith(SEPARATOR) ? "" : head;
}

/**
 * What a commit's metadata says. Nothing for metadata that is not ours, or that belongs to another offset (somebody
 * has moved the group and kept the text): a record too many is better than one too few.
 */
export function decodeCommitMetadata(text: string, committed: number): CommitMetadata {
  const [mark, offset, packed = "", flood = ""] = text.split(SEPARATOR);
  if (mark !== MARK || offset !== String(committed)) return { finished: [], flood: undefined };
  return { finished: unpack(packed, committed), flood: decodeFloodState(flood, committed) };
}

/** The finished offsets as text; empty when there is none. */
function pack(tracker: Finished): string {
  const { committable } = tracker;
  const count = Math.min(tracker.knownEnd - committable, MAX_OFFSETS);
  const bits = new Uint8Array(Math.ceil(Math.max(0, count) / 8));
  let any = false;
  for (let at = 0; at < count; at++) {
    if (!tracker.isFinished(committable + at)) continue;
    bits[at >> 3]! |= 1 << (at & 7);
    any = true;
  }
  return any ? deflateRawSync(bits).toString("base64url") : "";
}

function unpack(packed: string, committed: number): readonly number[] {
  try {
    const bits = inflateRawSync(Uint8Array.fromBase64(packed, { alphabet: "base64url" }), {
      maxOutputLength: MAX_OFFSETS_READ / 8,
    });
    const finished: number[] = [];
    for (let at = 0; at < bits.length * 8; at++) {
      if (bits[at >> 3]! & (1 << (at & 7))) finished.push(committed + at);
    }
    return finished;
  } catch {
    return []; // none, or damaged
  }
}
