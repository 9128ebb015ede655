import type { Failure } from "../core/failure.ts";
import type { ConsumerRecord, ProducerRecord, RecordHeader } from "../core/record.ts";
import { escapeControls } from "../core/shown.ts";

/** What is known about a record that is given up. */
export interface DeadLetterFacts {
  readonly group: string;
  readonly failure: Failure;
  /** How often the handler was tried. 0: it never saw the record. */
  readonly attempts: number;
  readonly schemaId: number | undefined;
  /** Epoch milliseconds. */
  readonly firstFailedAt: number;
  readonly now: number;
}

/** All `dlq.*` names and values together: the dead letter topic takes 64 KiB more than the source. */
const MAX_FACTS_BYTES = 8 * 1024;
const PREFIX = "dlq.";

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Where the dead letters go. */
export interface DeadLetterTopic {
  readonly topic: string;
  readonly partitions: number;
}

/**
 * The dead letter of a record: key, value and headers byte for byte, and beside them as text headers `dlq.*` what
 * happened. It goes to the partition of the same number, so that dead letters keep their order.
 */
export function deadLetter(
  record: ConsumerRecord,
  facts: DeadLetterFacts,
  to: DeadLetterTopic,
): ProducerRecord {
  const original = record.headers.filter(([name]) => !name.startsWith(PREFIX));
  return {
    topic: to.topic,
    partition: record.partition % to.partitions,
    key: record.key,
    value: record.value,
    headers: [...original, ...factHeaders(record, facts)],
  };
}

function factHeaders(record: ConsumerRecord, facts: DeadLetterFacts): RecordHeader[] {
  const values: Record<string, string> = {
    original_topic: record.topic,
    original_partition: String(record.partition),
    original_offset: String(record.offset),
    timestamp: seconds(facts.now),
    reason: facts.failure.reason,
    attempts: String(facts.attempts),
    group: facts.group,
    first_failed_at: seconds(facts.firstFailedAt),
    redrive_count: String(redriveCount(record.headers)),
    ...(facts.schemaId !== undefined && { schema_id: String(facts.schemaId) }),
  };
  const used = Object.entries(values).reduce(
    (sum, [name, value]) => sum + PREFIX.length + name.length + value.length,
    0,
  );
  values.error = capped(
    escapeControls(facts.failure.message),
    MAX_FACTS_BYTES - used - PREFIX.length - "error".length,
  );
  return Object.entries(values).map(([name, value]) => [`${PREFIX}${name}`, utf8.encode(value)]);
}

/** Seconds with milliseconds, `1700000000.123`, as the seed writes them. */
function seconds(epochMs: number): string {
  return (epochMs / 1_000).toFixed(3);
}

/** How often the record was sent back before; 0 for anything that is not a small number. */
function redriveCount(headers: readonly RecordHeader[]): number {
  const header = headers.find(([name]) => name === `${PREFIX}redrive_count`);
  const count = header === undefined ? 0 : Number(text.decode(header[1].subarray(0, 8)));
  return Number.isInteger(count) && count >= 0 ? count : 0;
}

/** At most so many bytes of UTF-8, cut between characters. */
function capped(value: string, maxBytes: number): string {
  const bytes = utf8.encode(value);
  if (bytes.length <= maxBytes) return value;
  let end = maxBytes - 3; // room for the ellipsis
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return `${text.decode(bytes.subarray(0, end))}…`;
}
