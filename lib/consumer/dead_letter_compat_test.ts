import assert from "node:assert/strict";
import { permanent } from "../core/failure.ts";
import type { RecordHeader } from "../core/record.ts";
import { deadLetter } from "./dead_letter.ts";
import type { HeaderSet } from "./dead_letter_compat.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

function headers(
  sets: readonly HeaderSet[],
  { reason = "undecodable", attempts = 0, original = [] as RecordHeader[] } = {},
): Map<string, Uint8Array> {
  const record = {
    topic: "orders",
    partition: 258,
    offset: 2 ** 33 + 1,
    timestamp: 1_700_000_000_000,
    key: null,
    value: utf8.encode("x"),
    headers: original,
  };
  const failure = permanent(reason, "ü".repeat(2_000));
  const facts = { group: "billing", failure, attempts, schemaId: undefined, firstFailedAt: 0, now: 0 };
  const letter = deadLetter({ record, facts }, { topic: "dlq", partitions: 300 }, { headerSets: sets });
  const all = letter.headers!.filter(([name]) => !name.startsWith("dlq."));
  assert.equal(new Set(all.map(([name]) => name)).size, all.length, "no name twice");
  return new Map(all);
}

Deno.test("no set, no header", () => {
  assert.equal(headers([]).size, 0);
});

Deno.test("Spring's tools find their names, numbers as big-endian int and long", () => {
  const found = headers(["spring"]);
  const hex = (name: string) => found.get(`kafka_dlt-${name}`)!.toHex();
  assert.equal(text.decode(found.get("kafka_dlt-original-topic")), "orders");
  assert.equal(hex("original-partition"), "00000102");
  assert.equal(hex("original-offset"), "0000000200000001");
  assert.equal(hex("original-timestamp"), 1_700_000_000_000n.toString(16).padStart(16, "0"));
  assert.equal(text.decode(found.get("kafka_dlt-original-consumer-group")), "billing");
  assert.equal(text.decode(found.get("kafka_dlt-exception-fqcn")), "orderline.undecodable");
  const message = text.decode(found.get("kafka_dlt-exception-message"));
  assert.match(message, /^ü+…$/);
  assert.ok(utf8.encode(message).length <= 1_024);
  assert.equal(found.size, 7);
});

Deno.test("Connect's tools find their names, everything as text", () => {
  const found = headers(["connect"]);
  const of = (name: string) => text.decode(found.get(`__connect.errors.${name}`));
  assert.equal(of("topic"), "orders");
  assert.equal(of("partition"), "258");
  assert.equal(of("offset"), "8589934593");
  assert.equal(of("connector.name"), "billing");
  assert.equal(of("stage"), "VALUE_CONVERTER");
  assert.equal(of("exception.class.name"), "orderline.undecodable");
  assert.match(of("exception.message"), /^ü+…$/);
  assert.equal(found.size, 7);
  const tried = headers(["connect"], { reason: "retries-exhausted", attempts: 3 });
  assert.equal(text.decode(tried.get("__connect.errors.stage")), "TASK_PUT");
});

Deno.test("both sets go together, and what an earlier system wrote is replaced", () => {
  const original: RecordHeader[] = [
    ["kafka_dlt-original-topic", utf8.encode("elsewhere")],
    ["kafka_dlt-exception-stacktrace", utf8.encode("of another failure")],
    ["__connect.errors.topic", utf8.encode("elsewhere")],
    ["mine", utf8.encode("1")],
  ];
  const both = headers(["spring", "connect"], { original });
  assert.equal(both.size, 15);
  assert.equal(text.decode(both.get("kafka_dlt-original-topic")), "orders");
  assert.equal(text.decode(both.get("__connect.errors.topic")), "orders");
  const spring = headers(["spring"], { original });
  assert.equal(text.decode(spring.get("__connect.errors.topic")), "elsewhere", "not ours to replace");
});
