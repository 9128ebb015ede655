import type { RecordHeader } from "../core/record.ts";

/** What a record says of having been sent back from the dead letters. */
export interface Redrive {
  /** How often; 0 for a record that never was a dead letter. */
  readonly count: number;
  /** The group that it was sent back for; the others have processed it long ago. Undefined: for everybody. */
  readonly group: string | undefined;
}

/** The headers that whoever sends a dead letter back to its topic puts on it, as text. */
export const REDRIVE_COUNT_HEADER = "dlq.redrive_count";
export const REDRIVE_GROUP_HEADER = "dlq.redrive_group";

/** On a record of a key and no value, with the name of a group: that group processes the key's records again. */
export const RELEASE_HEADER = "dlq.release_group";

const NEVER: Redrive = { count: 0, group: undefined };
const MAX_GROUP_BYTES = 1_024;
const text = new TextDecoder();

/** Reads the stamp; anything that is not a small count is 0. The last header of a name counts, as everywhere in Kafka. */
export function redriveOf(headers: readonly RecordHeader[]): Redrive {
  if (headers.length === 0) return NEVER; // nearly every record
  const of = (wanted: string) => headers.findLast(([name]) => name === wanted)?.[1];
  const [counted, group] = [of(REDRIVE_COUNT_HEADER), of(REDRIVE_GROUP_HEADER)];
  const count = counted === undefined ? 0 : Number(text.decode(counted.subarray(0, 8)));
  return {
    count: Number.isInteger(count) && count > 0 ? count : 0,
    group: group === undefined || group.length === 0
      ? undefined
      : text.decode(group.subarray(0, MAX_GROUP_BYTES)),
  };
}
