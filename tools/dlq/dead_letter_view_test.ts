import assert from "node:assert/strict";
import { deadLetter, type DeadLetterShape } from "../../lib/consumer/dead_letter.ts";
import { permanent } from "../../lib/core/failure.ts";
import type { ConsumerRecord, ProducerRecord } from "../../lib/core/record.ts";
import { viewDeadLetter } from "./dead_letter_view.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

function letter(shape: DeadLetterShape, value = "good"): ConsumerRecord {
  const record: ConsumerRecord = {
    topic: "orders",
    partition: 2,
    offset: 105,
    timestamp: 0,
    key: utf8.encode("alice"),
    value: utf8.encode(value),
    headers: [["trace-id", utf8.encode("abc")], ["bytes", Uint8Array.of(0xff)]],
  };
  const failure = permanent("invalid", "no");
  const facts = { group: "g", failure, attempts: 1, schemaId: 7, firstFailedAt: 1_500, now: 2_000 };
  return asRead(
    deadLetter({ record, facts, decoded: { any: 1 } }, { topic: "dlq", partitions: 3 }, { shape }),
  );
}

function asRead({ headers = [], ...record }: ProducerRecord): ConsumerRecord {
  return { ...record, offset: 17, timestamp: 0, headers };
}

const decode = (value: Uint8Array) => {
  if (text.decode(value) !== "good") throw new Error("not Avro");
  return { quantity: 1 };
};

Deno.test("raw, trimmed and JSON dead letters are shown alike", async () => {
  const raw = await viewDeadLetter(letter("raw"), decode);
  assert.equal(raw.place, "2:17");
  assert.equal(raw.key, "alice");
  assert.deepEqual([raw.timestamp, raw.first_failed_at, raw.schema_id, raw.attempts], [2, 1.5, 7, 1]);
  assert.deepEqual([raw.original_value, raw.original_value_encoding], [{ quantity: 1 }, "decoded"]);
  assert.deepEqual(raw.headers, { "trace-id": "abc", bytes: "/w==" });
  for (const shape of ["trimmed", "json"] as const) {
    assert.deepEqual(await viewDeadLetter(letter(shape), decode), raw, shape);
    const bad = await viewDeadLetter(letter(shape, "bad"), decode);
    assert.deepEqual([bad.original_value, bad.original_value_encoding], [btoa("bad"), "base64"]);
  }
});

Deno.test("a pointer is shown as one, with what tells whether a value is the one", async () => {
  const view = await viewDeadLetter(letter("pointer"), decode);
  assert.deepEqual([view.original_value, view.original_value_encoding], [null, "pointer"]);
  assert.equal(view.original_value_bytes, 4);
  assert.match(view.original_value_sha256!, /^[0-9a-f]{64}$/);
});

Deno.test("what is no dead letter of ours is shown as it is", async () => {
  const strange: ConsumerRecord = {
    topic: "dlq",
    partition: 0,
    offset: 1,
    timestamp: 0,
    key: null,
    value: utf8.encode("hello"),
    headers: [["dlq.format", utf8.encode("json")]],
  };
  const view = await viewDeadLetter(strange, decode);
  assert.deepEqual([view.reason, view.key, view.original_value], ["unknown", null, btoa("hello")]);
});
