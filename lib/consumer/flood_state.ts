import type { DeadRow } from "./latest_outcomes.ts";

/** Why a guard holds its partition: so many dead letters in a row, or too large a share of the latest records. */
export type Flood = "row" | "share";

/** What a flood guard knows at a position, for the partition's next owner. */
export interface FloodState {
  readonly flood: Flood | undefined;
  readonly row: DeadRow;
  /** Dead letters among the latest records, and how many of those were seen. */
  readonly dead: number;
  readonly seen: number;
  /** Records below this offset do not count: an operator has accepted them. */
  readonly acceptBelow: number;
}

const FLOODS: readonly (Flood | undefined)[] = [undefined, "row", "share"];
const SEPARATOR = ".";
const RADIX = 36;
/** No guard of ours counts further. */
const MAX_BELOW = 1_000;

/**
 * The state as text; empty when there is nothing to know. Where it would be longer than `maxLength`, which takes dead
 * letters that lie thousands of offsets apart, the row above the position is left out.
 *
 * Numbers with dots between them: the kind of flood, dead letters right below the position, dead and seen among the
 * latest, what is accepted and what ended the row as offsets beyond the position (0: nothing), and each dead letter
 * of the row at the position or above as what it lies beyond the one before it.
 */
export function encodeFloodState(state: FloodState, position: number, maxLength: number): string {
  const { flood, row, dead, seen, acceptBelow } = state;
  const { below, above, passedAt } = row;
  const accepted = Math.max(0, acceptBelow - position);
  if (flood === undefined && below + above.length + dead + accepted === 0) return "";
  const passed = passedAt === undefined ? 0 : passedAt - position + 1;
  const fixed = [FLOODS.indexOf(flood), below, dead, seen, accepted, passed];
  const steps = above.map((offset, index) => offset - (above[index - 1] ?? position));
  const text = [...fixed, ...steps].map(shortest).join(SEPARATOR);
  return text.length <= maxLength ? text : fixed.map(shortest).join(SEPARATOR);
}

/** The state at a position out of its text; undefined for a text that is none. */
export function decodeFloodState(text: string, position: number): FloodState | undefined {
  if (!/^[0-9a-z]{1,11}(\.[0-9a-z]{1,11}){5,}$/.test(text)) return undefined;
  const [flood = 0, below = 0, dead = 0, seen = 0, accepted = 0, passed = 0, ...steps] = text.split(SEPARATOR)
    .map((number) => parseInt(number, RADIX));
  if (flood >= FLOODS.length || dead > seen || below > MAX_BELOW) return undefined;
  let at = position;
  return {
    flood: FLOODS[flood],
    row: {
      below,
      above: steps.map((step) => at += step),
      passedAt: passed === 0 ? undefined : position + passed - 1,
    },
    dead,
    seen,
    acceptBelow: accepted === 0 ? 0 : position + accepted,
  };
}

function shortest(number: number): string {
  return number.toString(RADIX);
}
