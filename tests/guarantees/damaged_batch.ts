import assert from "node:assert/strict";
import { Consumer } from "../../lib/consumer/consumer.ts";
import { createGroupMember } from "../../lib/kafka/group_member.ts";
import { readTopic } from "../../lib/kafka/topic_reader.ts";
import { produceRaw } from "../harness/raw_records.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { createTopic, until } from "../harness/topics.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();
const latin1 = new TextDecoder("latin1");

/**
 * Bytes that a broker's disk has changed are not handed over as if they were what was written. They stop their partition
 * and no other, are named, and when they are mended reading goes on: nothing was skipped, and what lay before them was
 * processed once.
 */
export default async function (stack: RealStack): Promise<void> {
  const topic = await createTopic(stack, "damaged", 2);
  // One batch each: a fetch brings the good one and the damaged one together.
  for (const value of ["a:before", "a:here", "a:behind"]) {
    await produceRaw(stack, topic, [{ partition: 0, key: "a", value }]);
  }
  await change(stack, topic, "a:here", "a:hurt");

  const handled: string[] = [];
  const restarts: unknown[] = [];
  const client = { brokers: stack.brokers, clientId: "damaged" };
  const sessionTimeoutMs = 10_000;
  const consumer = new Consumer<string>({
    groupId: topic,
    createMember: (listener) =>
      createGroupMember(
        { ...client, groupId: topic, topic, offsetReset: "earliest", sessionTimeoutMs },
        listener,
      ),
    decode: (value) => text.decode(value),
    keyOf: (value) => value.split(":")[0]!,
    handleBatch: (messages) => Promise.resolve(void handled.push(...messages.map(({ value }) => value))),
    deadLetters: {
      topic,
      partitions: 2,
      send: () => Promise.reject(new Error("nothing may be dead-lettered")),
    },
    sessionTimeoutMs,
    events: { restarting: (error) => restarts.push(error) },
  });
  consumer.start();
  try {
    await until("the report of the damage", () => consumer.status().unreadable.length > 0, 30_000);
    assert.match(consumer.status().unreadable[0]!.why, /\[0\]@1 does not match its checksum/);
    await produceRaw(stack, topic, [{ partition: 1, key: "b", value: "b:other" }]);
    await until("the other partition's record", () => handled.includes("b:other"), 20_000);
    assert.deepEqual(handled, ["a:before", "b:other"]);
    const reading = readTopic(client, topic, [{ partition: 0, from: 0, to: 3 }], () => {});
    await assert.rejects(reading, /\[0\]@1 does not match its checksum/);

    await change(stack, topic, "a:hurt", "a:here");
    await until("the rest", () => handled.includes("a:behind"), 60_000);
    assert.deepEqual(handled, ["a:before", "b:other", "a:here", "a:behind"]);
    assert.deepEqual(restarts, [], "one partition's damage is no reason to leave the group");
  } finally {
    await consumer.stop(5_000);
  }
}

/** Writes over a value where it lies on the broker's disk. */
async function change({ dataDir }: RealStack, topic: string, from: string, to: string): Promise<void> {
  const path = `${dataDir}/kafka-1/log/${topic}-0/00000000000000000000.log`;
  const at = latin1.decode(await Deno.readFile(path)).indexOf(from);
  assert.ok(at > 0, `${from} is in ${path}`);
  using file = await Deno.open(path, { write: true });
  await file.seek(at, Deno.SeekMode.Start);
  await file.write(utf8.encode(to));
}
