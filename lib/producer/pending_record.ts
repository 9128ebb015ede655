import type { ProducerRecord, RecordMetadata } from "../core/record.ts";

/** A record between `send` and its answer. */
export interface PendingRecord {
  readonly record: ProducerRecord;
  /** What it takes of the buffer and of a batch. */
  readonly bytes: number;
  /** By the monotonic clock. */
  readonly sentAt: number;
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: unknown) => void;
}

/** What Kafka's format adds to a record: lengths, attributes, deltas. */
const RECORD_OVERHEAD_BYTES = 24;

/** The size of a record as it is sent, rounded up. */
export function recordBytes({ key, value, headers = [] }: ProducerRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers) bytes += name.length * 3 + content.length + 10;
  return bytes;
}
