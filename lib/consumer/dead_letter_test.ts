import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { permanent } from "../core/failure.ts";
import type { ConsumerRecord, RecordHeader } from "../core/record.ts";
import { deadLetter, type DeadLetterParts, shapesOf } from "./dead_letter.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();
const header = (name: string, value: string): RecordHeader => [name, utf8.encode(value)];
const TO = { topic: "orders-dlq", partitions: 3 };

const RECORD: ConsumerRecord = {
  topic: "orders",
  partition: 4,
  offset: 17,
  timestamp: 1_700_000_000_000,
  key: utf8.encode("alice"),
  value: Uint8Array.of(0, 255, 1),
  headers: [header("trace-id", "abc"), header("trace-id", "def"), ["bytes", Uint8Array.of(0, 200)]],
};

function parts(
  record: Partial<ConsumerRecord> = {},
  message = "quantity must be at least 1",
): DeadLetterParts {
  const failure = permanent("invalid", message);
  const facts = {
    group: "billing",
    failure,
    attempts: 0,
    schemaId: 7,
    firstFailedAt: 1_700_000_000_001,
    now: 1_700_000_000_123,
  };
  return { record: { ...RECORD, ...record }, facts };
}

function facts(headers: readonly RecordHeader[] = []): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name, text.decode(value)]));
}

Deno.test("a raw dead letter is the record byte for byte, with the facts beside it", () => {
  const letter = deadLetter(parts(), TO);
  assert.deepEqual([letter.topic, letter.partition], ["orders-dlq", 1], "4 mod 3");
  assert.deepEqual([letter.key, letter.value], [RECORD.key, RECORD.value]);
  assert.deepEqual(letter.headers!.slice(0, 3), RECORD.headers, "also a name that comes twice");
  const ours = facts(letter.headers!.slice(3));
  assert.deepEqual(ours, {
    "dlq.original_topic": "orders",
    "dlq.original_partition": "4",
    "dlq.original_offset": "17",
    "dlq.error": "quantity must be at least 1",
    "dlq.timestamp": "1700000000.123",
    "dlq.reason": "invalid",
    "dlq.attempts": "0",
    "dlq.group": "billing",
    "dlq.schema_id": "7",
    "dlq.first_failed_at": "1700000000.001",
    "dlq.redrive_count": "0",
  });
});

Deno.test("facts of an earlier dead letter are replaced, and the count of its returns is kept", () => {
  const headers = [
    header("dlq.error", "old"),
    header("dlq.redrive_count", "2"),
    header("dlq.redrive_group", "billing"),
  ];
  const ours = facts(deadLetter(parts({ headers }), TO).headers);
  assert.equal(ours["dlq.redrive_count"], "2");
  assert.equal(ours["dlq.error"], "quantity must be at least 1");
  assert.equal(ours["dlq.redrive_group"], undefined);
});

Deno.test("a long error is shortened between characters, so that the facts stay within 8 KiB", () => {
  const bytes = (letter: ReturnType<typeof deadLetter>) =>
    letter.headers!.filter(([name]) => name.startsWith("dlq.")).reduce(
      (sum, [name, value]) => sum + name.length + value.length,
      0,
    );
  const long = deadLetter(parts({}, "é".repeat(20_000)), TO);
  assert.ok(bytes(long) <= 8_192 && bytes(long) > 8_180, `${bytes(long)} bytes`);
  assert.match(facts(long.headers)["dlq.error"]!, /^é+…$/);
  const trimmed = deadLetter(parts({}, "é".repeat(20_000)), TO, { shape: "trimmed", headerSets: ["spring"] });
  assert.ok(bytes(trimmed) <= 768);
  assert.deepEqual([trimmed.key, trimmed.value], [RECORD.key, RECORD.value]);
  assert.deepEqual(trimmed.headers!.slice(0, 3), RECORD.headers);
  assert.ok(trimmed.headers!.every(([name]) => !name.startsWith("kafka_dlt")));
});

Deno.test("an error can neither forge lines nor tell a password", () => {
  const ours = facts(
    deadLetter(parts({}, "at postgres://app:s3cret@db/x\nERROR forged\u001b[31m"), TO).headers,
  );
  assert.equal(ours["dlq.error"], "at postgres://***@db/x\\u000aERROR forged\\u001b[31m");
});

Deno.test("json holds the seed's object: the value decoded where it can be, its bytes in any case", () => {
  const value = (decoded?: unknown) =>
    JSON.parse(text.decode(deadLetter({ ...parts(), decoded }, TO, { shape: "json" }).value!));
  assert.deepEqual(value({ quantity: 0 }), {
    original_topic: "orders",
    original_partition: 4,
    original_offset: 17,
    error: "quantity must be at least 1",
    timestamp: 1_700_000_000.123,
    original_value: { quantity: 0 },
    original_value_encoding: "decoded",
    original_value_base64: "AP8B",
    reason: "invalid",
    attempts: 0,
    group: "billing",
    schema_id: 7,
    first_failed_at: 1_700_000_000.001,
    redrive_count: 0,
  });
  assert.equal(value().original_value, "AP8B");
  assert.equal(value().original_value_encoding, "base64");
  assert.equal(value({ id: 1n }).original_value.id, "1", "no value can make it throw");
  const letter = deadLetter(parts(), TO, { shape: "json" });
  assert.equal(facts(letter.headers)["dlq.format"], "json");
  assert.deepEqual(letter.key, RECORD.key);
  assert.deepEqual(letter.headers!.slice(0, 3), RECORD.headers);
});

Deno.test("a pointer says where the record lies and what its bytes are, and is small whatever the record is", () => {
  const large = { key: new Uint8Array(900_000), value: new Uint8Array(900_000).fill(7) };
  const headers = [header("large", "x".repeat(90_000))];
  const letter = deadLetter(parts({ ...large, headers }, "e".repeat(9_000)), TO, { shape: "pointer" });
  assert.ok(letter.key === null);
  assert.ok(letter.value!.length < 2_000);
  const value = JSON.parse(text.decode(letter.value!));
  assert.equal(value.original_offset, 17);
  assert.equal(value.original_value, null);
  assert.equal(value.original_value_bytes, 900_000);
  assert.equal(value.original_value_sha256, createHash("sha256").update(large.value).digest("hex"));
  assert.equal(value.original_key_sha256, createHash("sha256").update(large.key).digest("hex"));
  assert.equal(value.original_headers, 1);
  assert.equal(facts(letter.headers)["dlq.format"], "pointer");
  assert.deepEqual(deadLetter(parts(), TO, { shape: "pointer" }).key, RECORD.key, "a small key stays");
});

Deno.test("each shape that is tried is smaller than the one before", () => {
  assert.deepEqual(shapesOf({}), ["raw", "trimmed"]);
  assert.deepEqual(shapesOf({ format: "json", tooLarge: "pointer" }), ["json", "raw", "trimmed", "pointer"]);
});
