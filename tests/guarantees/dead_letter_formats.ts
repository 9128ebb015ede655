import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AppWorld } from "../harness/apps.ts";
import { produceRaw, type RawRecord } from "../harness/raw_records.ts";
import { type FoundRecord, readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { setTopicConfig } from "../harness/topic_config.ts";

const SMALL = { partition: 0, key: "alice", value: "no order", headers: { "trace-id": "abc" } };
/** As JSON, with its bytes as base64, beyond what the topic takes; by itself it is not. */
const LARGE = { partition: 0, key: "bob", value: "l".repeat(900_000) };
/** Beyond what the topic takes in any form. */
const TOO_LARGE = { partition: 0, key: "carol", value: "t".repeat(1_000_000) };
const TAKES_BYTES = 950_000;
const FOR_OTHERS = {
  partition: 0,
  key: "dora",
  value: "also no order",
  headers: { "dlq.redrive_group": "billing", "dlq.redrive_count": "1" },
};

/**
 * As JSON, with the headers that Spring's and Connect's tools read: what is too large for that is written raw, what is
 * too large for that as a pointer, and the tool shows each. A record that was sent back for another group is skipped.
 */
export default async function (stack: RealStack): Promise<void> {
  const variables = { DLQ_FORMAT: "json", DLQ_HEADERS: "spring,connect", DLQ_TOO_LARGE: "pointer" };
  await using world = await AppWorld.prepare(stack, "formats", { partitions: 1, variables });
  await setTopicConfig(stack, world.dlqTopic, { "max.message.bytes": String(TAKES_BYTES) });
  for (const record of [SMALL, LARGE, TOO_LARGE, FOR_OTHERS]) await produceRaw(stack, world.topic, [record]);
  const consumer = world.run("consumer", ["--until-idle", "1", "--max-wait", "40"]);
  await consumer.endsWith(0, 45_000);
  assert.equal(consumer.summary["consumer.dlq_sent"], 3);
  assert.equal(consumer.summary["consumer.messages_skipped"], 1);
  assert.match(
    consumer.stderr,
    /WARN.* set its max\.message\.bytes to 1114124/,
    "it is said at the start, too",
  );
  assert.match(consumer.stderr, /dead letter of \S+\[0\]@2 says only where it lies/);

  const letters = await readRecords(stack, world.dlqTopic);
  const [small, large, pointer] = [SMALL, LARGE, TOO_LARGE].map(({ key }) =>
    letters.find((letter) => String(letter.key) === key)!
  );
  const json = JSON.parse(String(small!.value));
  assert.equal(json.original_topic, world.topic);
  assert.equal(json.original_offset, 0);
  assert.equal(atob(json.original_value_base64), SMALL.value);
  assert.equal(String(small!.headers["trace-id"]), "abc");
  assertReadByOthers(world, small!);
  assert.equal(String(large!.value), LARGE.value, "byte for byte, since JSON of it is too large");
  const pointed = JSON.parse(String(pointer!.value));
  assert.equal(pointed.original_offset, 2);
  assert.equal(pointed.original_value_sha256, createHash("sha256").update(TOO_LARGE.value).digest("hex"));
  await assertShown(world, small!, SMALL);
  await assertShown(world, large!, LARGE);
}

/** Numbers as Spring reads them, big-endian, and as Connect does, as text. */
function assertReadByOthers(world: AppWorld, { headers }: FoundRecord): void {
  const bytes = (name: string) => headers[name] as Uint8Array;
  assert.equal(String(bytes("kafka_dlt-original-topic")), world.topic);
  assert.equal(bytes("kafka_dlt-original-partition").toHex(), "00000000");
  assert.equal(bytes("kafka_dlt-original-offset").toHex(), "0000000000000000");
  assert.equal(String(bytes("kafka_dlt-original-consumer-group")), world.group);
  assert.equal(String(bytes("__connect.errors.topic")), world.topic);
  assert.equal(String(bytes("__connect.errors.offset")), "0");
  assert.equal(String(bytes("__connect.errors.stage")), "VALUE_CONVERTER");
}

async function assertShown(world: AppWorld, letter: FoundRecord, record: RawRecord): Promise<void> {
  const show = world.run("dlq", ["show", `${letter.partition}:${letter.offset}`, "--json"]);
  await show.endsWith(0, 30_000);
  const { original_value, original_value_encoding } = JSON.parse(show.stdout);
  assert.deepEqual([original_value_encoding, atob(original_value)], ["base64", record.value]);
}
