import type { ConsumerRecord } from "@orderline/lib/core/record";
import { factsIn, originalRecord } from "./original_record.ts";

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
  /** `pointer`: the value was too large and lies in the original topic only. */
  readonly original_value_encoding: "decoded" | "base64" | "pointer";
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
  /** Of a pointer: how to recognise the value. */
  readonly original_value_bytes?: number;
  readonly original_value_sha256?: string;
}

const strict = new TextDecoder("utf-8", { fatal: true });

/** Reads a record of the dead letter topic, in any format. Total: what is missing or odd is shown as it is. */
export async function viewDeadLetter(
  record: ConsumerRecord,
  decode: (value: Uint8Array) => unknown,
): Promise<DeadLetterView> {
  const facts = factsIn(record);
  const { key, value, headers, json } = originalRecord(record);
  const number = (name: string) => Number(facts.get(name) ?? NaN);
  const decoded = value ? await decodedOrNot(value, decode) : undefined;
  return {
    original_topic: facts.get("original_topic") ?? "",
    original_partition: number("original_partition"),
    original_offset: number("original_offset"),
    error: facts.get("error") ?? "",
    timestamp: number("timestamp"),
    original_value: decoded ?? value?.toBase64() ?? null,
    original_value_encoding: value === undefined ? "pointer" : decoded === undefined ? "base64" : "decoded",
    reason: facts.get("reason") ?? "unknown",
    attempts: number("attempts"),
    group: facts.get("group") ?? "",
    schema_id: facts.has("schema_id") ? number("schema_id") : null,
    first_failed_at: number("first_failed_at"),
    redrive_count: number("redrive_count"),
    key: key === null ? null : textOf(key),
    place: `${record.partition}:${record.offset}`,
    headers: Object.fromEntries(headers.map(([name, content]) => [name, textOf(content)])),
    ...(value === undefined && {
      original_value_bytes: Number(json?.original_value_bytes),
      original_value_sha256: String(json?.original_value_sha256),
    }),
  };
}

async function decodedOrNot(value: Uint8Array, decode: (value: Uint8Array) => unknown): Promise<unknown> {
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
