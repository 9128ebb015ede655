import type { ConsumerRecord } from "@orderline/lib/core/record";

/** A dead letter as people and scripts read it. The first six names are the ones every version will have. */
export interface DeadLetterView {
  readonly original_topic: string;
  readonly original_partition: number;
  readonly original_offset: number;
  readonly error: string;
  /** Seconds with milliseconds. */
  readonly timestamp: number;
  /** Decoded where it can be, base64 text otherwise; see `original_value_encoding`. */
  readonly original_value: unknown;
  readonly original_value_encoding: "decoded" | "base64";
  readonly reason: string;
  readonly attempts: number;
  readonly group: string;
  readonly schema_id: number | null;
  readonly first_failed_at: number;
  readonly redrive_count: number;
  /** The key as text, or base64 where it is none. */
  readonly key: string | null;
  /** Where it lies in the dead letter topic. */
  readonly place: string;
  /** Headers that the record came with. */
  readonly headers: Readonly<Record<string, string>>;
}

const PREFIX = "dlq.";
const lenient = new TextDecoder();
const strict = new TextDecoder("utf-8", { fatal: true });

/** Reads a record of the dead letter topic. Total: what is missing or odd is shown as it is. */
export async function viewDeadLetter(
  record: ConsumerRecord,
  decode: (value: Uint8Array) => unknown,
): Promise<DeadLetterView> {
  const facts = new Map(
    record.headers.filter(([name]) => name.startsWith(PREFIX)).map((
      [name, value],
    ) => [name.slice(PREFIX.length), lenient.decode(value)]),
  );
  const number = (name: string) => Number(facts.get(name) ?? NaN);
  const value = await decoded(record.value, decode);
  return {
    original_topic: facts.get("original_topic") ?? "",
    original_partition: number("original_partition"),
    original_offset: number("original_offset"),
    error: facts.get("error") ?? "",
    timestamp: number("timestamp"),
    original_value: value ?? record.value?.toBase64() ?? null,
    original_value_encoding: value === undefined ? "base64" : "decoded",
    reason: facts.get("reason") ?? "unknown",
    attempts: number("attempts"),
    group: facts.get("group") ?? "",
    schema_id: facts.has("schema_id") ? number("schema_id") : null,
    first_failed_at: number("first_failed_at"),
    redrive_count: number("redrive_count"),
    key: record.key === null ? null : textOf(record.key),
    place: `${record.partition}:${record.offset}`,
    headers: Object.fromEntries(
      record.headers.filter(([name]) => !name.startsWith(PREFIX)).map((
        [name, content],
      ) => [name, textOf(content)]),
    ),
  };
}

async function decoded(value: Uint8Array | null, decode: (value: Uint8Array) => unknown): Promise<unknown> {
  if (value === null) return undefined;
  try {
    return await decode(value);
  } catch {
    return undefined; // why not stands in `error` already
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return bytes.toBase64();
  }
}
