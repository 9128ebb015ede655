/**
 * What tools made for other systems' dead letters read. Both sets are a second view of the same facts, beside
 * `dlq.*`. Stack traces are left out, as everywhere in ours; what would have to be made up is left out too.
 */
import type { ConsumerRecord, RecordHeader } from "../core/record.ts";
import { capped, type DeadLetterFacts, errorText } from "./dead_letter_facts.ts";

/** The sets there are, by the names that the setting takes. */
export const HEADER_SETS = ["spring", "connect"] as const;
export type HeaderSet = (typeof HEADER_SETS)[number];

const MAX_MESSAGE_BYTES = 1_024;
const utf8 = new TextEncoder();

/** The headers of these sets. */
export function compatHeaders(
  sets: readonly HeaderSet[],
  record: ConsumerRecord,
  facts: DeadLetterFacts,
): RecordHeader[] {
  const written: RecordHeader[] = [];
  if (sets.includes("spring")) written.push(...springHeaders(record, facts));
  if (sets.includes("connect")) written.push(...connectHeaders(record, facts));
  return written;
}

/** Whether a header of this name belongs to one of the sets: an older one is replaced by ours. */
export function isCompatHeader(name: string, sets: readonly HeaderSet[]): boolean {
  return sets.some((set) => name.startsWith(PREFIXES[set]));
}

const PREFIXES: Readonly<Record<HeaderSet, string>> = { spring: "kafka_dlt-", connect: "__connect.errors." };

/**
 * Spring Kafka's `DeadLetterPublishingRecoverer`, names from its `KafkaHeaders`: numbers as big-endian int and long,
 * the rest as UTF-8. The timestamp's type is not known here.
 */
function springHeaders(record: ConsumerRecord, { failure, group }: DeadLetterFacts): RecordHeader[] {
  return [
    ["kafka_dlt-original-topic", utf8.encode(record.topic)],
    ["kafka_dlt-original-partition", int32(record.partition)],
    ["kafka_dlt-original-offset", int64(record.offset)],
    ["kafka_dlt-original-timestamp", int64(record.timestamp)],
    ["kafka_dlt-original-consumer-group", utf8.encode(group)],
    ["kafka_dlt-exception-fqcn", utf8.encode(className(failure.reason))],
    ["kafka_dlt-exception-message", utf8.encode(capped(errorText(failure), MAX_MESSAGE_BYTES))],
  ];
}

/**
 * Kafka Connect's `DeadLetterQueueReporter`: everything as text. The connector is the group, which is what its own
 * sink connectors read in as well; there are no tasks.
 */
function connectHeaders(
  record: ConsumerRecord,
  { failure, group, attempts }: DeadLetterFacts,
): RecordHeader[] {
  const values: Record<string, string> = {
    topic: record.topic,
    partition: `${record.partition}`,
    offset: `${record.offset}`,
    "connector.name": group,
    // What was never tried was stopped on its way to the handler: Connect's name for that stage is the converter.
    stage: attempts === 0 ? "VALUE_CONVERTER" : "TASK_PUT",
    "exception.class.name": className(failure.reason),
  };
  return [
    ...Object.entries(values).map(([name, value]): RecordHeader => [
      PREFIXES.connect + name,
      utf8.encode(value),
    ]),
    [`${PREFIXES.connect}exception.message`, utf8.encode(capped(errorText(failure), MAX_MESSAGE_BYTES))],
  ];
}

/** Tools group by the exception's class; what ours are grouped by is the reason. */
function className(reason: string): string {
  return `orderline.${reason}`;
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

function int64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(Math.trunc(value)));
  return bytes;
}
