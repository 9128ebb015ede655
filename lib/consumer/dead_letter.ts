import { createHash } from "node:crypto";
import type { ConsumerRecord, ProducerRecord } from "../core/record.ts";
import { compatHeaders, type HeaderSet, isCompatHeader } from "./dead_letter_compat.ts";
import { type DeadLetterFacts, FACT_PREFIX, factHeaders, factsOf } from "./dead_letter_facts.ts";

/** Where the dead letters go. */
export interface DeadLetterTopic {
  readonly topic: string;
  readonly partitions: number;
}

/** How they are written. */
export interface DeadLetterStyle {
  /** `raw`: the value byte for byte. `json`: the seed's JSON object, which holds the bytes as base64. Default raw. */
  readonly format?: "raw" | "json";
  /** Headers for the tools of other systems, beside ours. */
  readonly headerSets?: readonly HeaderSet[];
  /** When nothing smaller helps: wait for a person, or write where the record lies and its hash. Default hold. */
  readonly tooLarge?: "hold" | "pointer";
}

/** How much a dead letter carries. Each is smaller than the one before it. */
export type DeadLetterShape = "json" | "raw" | "trimmed" | "pointer";

/** The shapes in the order in which they are tried: the next one when the topic takes no record of that size. */
export function shapesOf({ format, tooLarge }: DeadLetterStyle): readonly DeadLetterShape[] {
  return [
    ...(format === "json" ? ["json"] as const : []),
    "raw",
    "trimmed",
    ...(tooLarge === "pointer" ? ["pointer"] as const : []),
  ];
}

/** What a dead letter is made of. */
export interface DeadLetterParts {
  readonly record: ConsumerRecord;
  readonly facts: DeadLetterFacts;
  /** The value as people read it, where it can be decoded; only JSON needs it. */
  readonly decoded?: unknown;
}

/** What we add to a record that is nearly too large. */
const TRIMMED_FACTS_BYTES = 768;
const MAX_POINTER_KEY_BYTES = 1_024;
const utf8 = new TextEncoder();

/**
 * The dead letter of a record. `raw` is the record itself, key, value and headers byte for byte, and beside them as
 * text headers `dlq.*` what happened; `trimmed` shortens what we add, never what was there. It goes to the partition
 * of the same number, so that dead letters keep their order.
 */
export function deadLetter(
  { record, facts, decoded }: DeadLetterParts,
  to: DeadLetterTopic,
  { shape = "raw", headerSets = [] }: { shape?: DeadLetterShape; headerSets?: readonly HeaderSet[] } = {},
): ProducerRecord {
  const small = shape === "trimmed" || shape === "pointer";
  const sets = small ? [] : headerSets;
  const named = factsOf(record, facts, small ? TRIMMED_FACTS_BYTES : undefined);
  const isOurs = (name: string) => name.startsWith(FACT_PREFIX) || isCompatHeader(name, sets);
  const headers = [
    ...(shape === "pointer" ? [] : record.headers.filter(([name]) => !isOurs(name))),
    ...factHeaders(shape === "json" || shape === "pointer" ? { ...named, format: shape } : named),
    ...compatHeaders(sets, record, facts),
  ];
  const at = { topic: to.topic, partition: record.partition % to.partitions, headers };
  switch (shape) {
    case "raw":
    case "trimmed":
      return { ...at, key: record.key, value: record.value };
    case "json":
      return { ...at, key: record.key, value: json({ ...named, ...contentOf(record, decoded) }) };
    case "pointer": {
      const key = (record.key?.length ?? 0) <= MAX_POINTER_KEY_BYTES ? record.key : null;
      return { ...at, key, value: json({ ...named, ...pointerTo(record) }) };
    }
  }
}

/** The value decoded where it can be, and its bytes in any case. */
function contentOf({ value }: ConsumerRecord, decoded: unknown): Record<string, unknown> {
  const base64 = value?.toBase64() ?? null;
  return {
    original_value: decoded === undefined ? base64 : decoded,
    original_value_encoding: decoded === undefined ? "base64" : "decoded",
    original_value_base64: base64,
  };
}

/** Enough to find the record while its topic keeps it, and to tell whether it is the same. */
function pointerTo({ key, value, headers }: ConsumerRecord): Record<string, unknown> {
  return {
    original_value: null,
    original_value_encoding: "pointer",
    original_value_bytes: value?.length ?? 0,
    original_value_sha256: sha256(value),
    original_key_bytes: key?.length ?? 0,
    original_key_sha256: sha256(key),
    original_headers: headers.length,
  };
}

function sha256(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : createHash("sha256").update(bytes).digest("hex");
}

function json(value: Readonly<Record<string, unknown>>): Uint8Array {
  return utf8.encode(JSON.stringify(value, (_, item) => typeof item === "bigint" ? `${item}` : item));
}
