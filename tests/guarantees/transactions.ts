import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import { Consumer } from "../../lib/consumer/consumer.ts";
import { createGroupMember } from "../../lib/kafka/group_member.ts";
import { asOperator } from "../harness/kafka_admin.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { createTopic, until } from "../harness/topics.ts";

/**
 * Others may write in transactions. Their markers take offsets and are no records, a whole fetch may hold nothing else,
 * and what was aborted is as if it had never been written: reading and committing go on over all of it.
 */
export default async function (stack: RealStack): Promise<void> {
  const topic = await createTopic(stack, "transactions", 1);
  const groupId = `transactions-${topic}`;
  const handled: string[] = [];
  const consumer = new Consumer<string>({
    groupId,
    createMember: (listener) =>
      createGroupMember({
        brokers: stack.brokers,
        clientId: "transactions",
        groupId,
        topic,
        offsetReset: "earliest",
        sessionTimeoutMs: 10_000,
      }, listener),
    decode: (value) => new TextDecoder().decode(value),
    keyOf: (value) => value,
    handle: ({ value }) => Promise.resolve(void handled.push(value)),
    deadLetters: { topic, partitions: 1, send: () => Promise.reject(new Error("nothing is dead-lettered")) },
    sessionTimeoutMs: 10_000,
  });
  const write = transactions(stack, topic);
  const seen = (count: number) =>
    until(`the handling of ${count} records`, () => handled.length >= count, 15_000);
  consumer.start();
  try {
    await write(["a", "b"], "commit"); // offsets 0 and 1, and the marker at 2
    await seen(2);
    // Each is fetched alone, so that the answer holds no record at all.
    await write(["gone"], "abort"); // 3, and the marker at 4
    await write(["gone", "too"], "abort"); // 5 and 6, and the marker at 7
    await until(
      "the commit behind the markers",
      async () => await committed(stack, { groupId, topic }) === 8,
      15_000,
    );
    await write(["c"], "commit");
    await seen(3);
    await until("the last commit", async () => await committed(stack, { groupId, topic }) === 10, 15_000);
    assert.deepEqual(handled, ["a", "b", "c"]);
  } finally {
    await consumer.stop(2_000);
  }
}

function transactions(stack: RealStack, topic: string) {
  const kafka = new kafkajs.Kafka({ brokers: [...stack.brokers], logLevel: kafkajs.logLevel.NOTHING });
  return async (values: readonly string[], end: "commit" | "abort") => {
    const producer = kafka.producer({
      transactionalId: crypto.randomUUID(),
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: values.map((value) => ({ key: value, value, partition: 0 })) });
    await transaction[end]();
    await producer.disconnect();
  };
}

async function committed(
  stack: RealStack,
  { groupId, topic }: { readonly groupId: string; readonly topic: string },
): Promise<number> {
  return await asOperator(stack, async (admin) => {
    const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return Number(answer?.partitions[0]?.offset);
  });
}
