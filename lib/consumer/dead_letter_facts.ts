import type { Failure } from "../core/failure.ts";
import type { ConsumerRecord, RecordHeader } from "../core/record.ts";
import { escapeControls } from "../core/shown.ts";
import { maskText } from "../ops/redact.ts";
import { redriveOf } from "./redrive.ts";

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

/** Facts by name. */
export type NamedFacts = Readonly<Record<string, string | number>>;

/** Every header of ours begins so. */
export const FACT_PREFIX = "dlq.";
const MAX_FACTS_BYTES = 8 * 1_024;
const MAX_REASON_CHARACTERS = 100;

const utf8 = new TextEncoder();
const text = new TextDecoder();
const ELLIPSIS = "…";

/** The facts under the names that the seed gave them, at most `maxBytes` together: it is the error that is shortened. */
export function factsOf(
  record: ConsumerRecord,
  facts: DeadLetterFacts,
  maxBytes: number = MAX_FACTS_BYTES,
): NamedFacts {
  const { failure, schemaId } = facts;
  const named = {
    original_topic: record.topic,
    original_partition: record.partition,
    original_offset: record.offset,
    error: errorText(failure),
    timestamp: seconds(facts.now),
    reason: failure.reason.slice(0, MAX_REASON_CHARACTERS),
    attempts: facts.attempts,
    group: facts.group,
    ...(schemaId !== undefined && { schema_id: schemaId }),
    first_failed_at: seconds(facts.firstFailedAt),
    redrive_count: redriveOf(record.headers).count,
  };
  const others = factHeaders({ ...named, error: "" }).reduce(
    (sum, [name, value]) => sum + utf8.encode(name).length + value.length,
    0,
  );
  return { ...named, error: capped(named.error, Math.max(0, maxBytes - others)) };
}

/** Facts as text headers. */
export function factHeaders(facts: NamedFacts): RecordHeader[] {
  return Object.entries(facts).map(([name, value]) => [
    FACT_PREFIX + name,
    utf8.encode(TIMES.has(name) ? (value as number).toFixed(3) : `${value}`),
  ]);
}

/** What went wrong, as people may read it anywhere: no control characters, no passwords. */
export function errorText({ message }: Failure): string {
  return escapeControls(maskText(message));
}

/** At most so many bytes of UTF-8, cut between characters, with an ellipsis where something is missing. */
export function capped(value: string, maxBytes: number): string {
  const bytes = utf8.encode(value);
  if (bytes.length <= maxBytes) return value;
  let end = maxBytes - utf8.encode(ELLIPSIS).length;
  if (end < 0) return "";
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return text.decode(bytes.subarray(0, end)) + ELLIPSIS;
}

/** Seconds with milliseconds, `1700000000.123`, as the seed writes them. */
const TIMES = new Set(["timestamp", "first_failed_at"]);

function seconds(epochMs: number): number {
  return Math.round(epochMs) / 1_000;
}
