import type { ProducerRecord, TopicPartition } from "../core/record.ts";

/** Records of one partition that are written together. */
export interface Batch {
  readonly target: TopicPartition;
  readonly records: readonly ProducerRecord[];
  /** When to give up, by the monotonic clock; may be Infinity. */
  readonly giveUpAt: number;
}
