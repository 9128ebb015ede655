import type { ConsumerRecord, RecordHeader } from "@orderline/lib/core/record";

/** The record that a dead letter was made of. */
export interface OriginalRecord {
  readonly key: Uint8Array | null;
  /** Undefined: it was too large, and the dead letter says only where it lies and what its hash is. */
  readonly value: Uint8Array | null | undefined;
  readonly headers: readonly RecordHeader[];
  /** The dead letter's JSON object, where its value is one. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

const PREFIX = "dlq.";
const text = new TextDecoder();

/** The facts of a dead letter as text, by their names without `dlq.`. */
export function factsIn({ headers }: ConsumerRecord): ReadonlyMap<string, string> {
  const ours = headers.filter(([name]) => name.startsWith(PREFIX));
  return new Map(ours.map(([name, value]) => [name.slice(PREFIX.length), text.decode(value)]));
}

/** Takes a dead letter apart, in whichever format it was written. What is no JSON though it says so is taken as it is. */
export function originalRecord(record: ConsumerRecord): OriginalRecord {
  const headers = record.headers.filter(([name]) => !name.startsWith(PREFIX));
  const raw = { key: record.key, value: record.value, headers, json: undefined };
  const format = factsIn(record).get("format");
  if (format === undefined || record.value === null) return raw;
  try {
    const json = JSON.parse(text.decode(record.value));
    if (format === "pointer") return { ...raw, value: undefined, json };
    const base64 = json.original_value_base64;
    return { ...raw, value: base64 === null ? null : Uint8Array.fromBase64(base64), json };
  } catch {
    return raw;
  }
}
