import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import { readTopic } from "../../lib/kafka/topic_reader.ts";
import { produceRaw } from "../harness/raw_records.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { createTopic, until } from "../harness/topics.ts";

/**
 * A program that uses this library may have consumers of kafkajs of its own. What is changed in kafkajs for ours must not
 * reach theirs, also not where both read at the same time.
 */
export default async function (stack: RealStack): Promise<void> {
  const topic = await createTopic(stack, "beside", 1);
  const values = Array.from({ length: 100 }, (_, index) => `value-${index}`);
  await produceRaw(
    stack,
    topic,
    values.map((value) => ({ partition: 0, key: "k", value, headers: { h: "x" } })),
  );

  const kafka = new kafkajs.Kafka({ brokers: [...stack.brokers], logLevel: kafkajs.logLevel.NOTHING });
  const theirs = kafka.consumer({ groupId: topic });
  const got: string[] = [];
  await theirs.connect();
  await theirs.subscribe({ topics: [topic], fromBeginning: true });
  await theirs.run({
    // deno-lint-ignore require-await -- kafkajs wants a promise
    eachMessage: async ({ message: { offset, key, value, headers } }) => {
      got.push(`${offset} ${key} ${value} ${headers?.["h"]}`);
    },
  });
  try {
    const ours: string[] = [];
    const client = { brokers: stack.brokers, clientId: "beside" };
    await readTopic(client, topic, [{ partition: 0, from: 0, to: values.length }], (record) => {
      ours.push(String(record.value));
    });
    assert.deepEqual(ours, values);
    await until("the other consumer's messages", () => got.length >= values.length, 30_000);
    await produceRaw(stack, topic, [{ partition: 0, key: "k", value: "after", headers: { h: "x" } }]);
    await until("its next message", () => got.length > values.length, 30_000);
    assert.deepEqual(got, [...values, "after"].map((value, index) => `${index} k ${value} x`));
  } finally {
    await theirs.disconnect();
  }
}
