import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import { Consumer } from "../../lib/consumer/consumer.ts";
import type { ConsumerOptions } from "../../lib/consumer/consumer_options.ts";
import { createGroupMember } from "../../lib/kafka/group_member.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { produceRaw } from "../harness/raw_records.ts";
import { createTopic, until } from "../harness/topics.ts";

const RECORDS = 300;
const SLOW = "user-7";
const text = new TextDecoder();

/**
 * A group's position, kept and lost. Kept: what is finished beyond a record that never ends is not repeated after a
 * restart. Lost (retention has passed it, or the group has no commit where it must have one): the consumer stops there
 * and says so, and goes on when somebody has accepted it.
 */
export default async function (stack: RealStack): Promise<void> {
  const topic = await createTopic(stack, "positions", 2);
  await produceRaw(
    stack,
    topic,
    Array.from({ length: RECORDS }, (_, index) => {
      const key = `user-${index % 50}`;
      return { partition: index % 2, key, value: `${key}:${index}` };
    }),
  );
  await nothingIsRepeated(stack, topic);
  await aLostPositionStops(stack, topic);
  await aMissingCommitStops(stack, topic);
}

async function nothingIsRepeated(stack: RealStack, topic: string): Promise<void> {
  const first = start(stack, topic, {
    handle: ({ value }) => value.startsWith(`${SLOW}:`) ? new Promise(() => {}) : Promise.resolve(),
  });
  const slow = RECORDS / 50;
  await until("all but the slow user's", () => first.handled.length === RECORDS - slow, 20_000);
  assert.equal(await first.consumer.stop(500), false, "one record was still running");
  const second = start(stack, topic);
  await until("the slow user's", () => second.handled.length >= slow, 20_000);
  await second.consumer.stop(2_000);
  assert.deepEqual(second.handled.filter((value) => !value.startsWith(`${SLOW}:`)), [], "nothing else again");
  assert.equal(second.handled.length, slow);
}

async function aLostPositionStops(stack: RealStack, topic: string): Promise<void> {
  const { groupId } = options(stack, topic);
  await withKafka(stack, async (admin) => {
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: "10" }] });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "140" }] });
  });
  const stopped = start(stack, topic);
  await until("the loss is told", () => stopped.consumer.status().offsetLost !== undefined, 20_000);
  assert.deepEqual(stopped.consumer.status().offsetLost, { topic, partition: 0, why: "out-of-range" });
  assert.equal(stopped.consumer.status().paused.get("offset-lost"), 1);
  await stopped.consumer.stop(2_000);
  assert.deepEqual(stopped.handled, [], "nothing was read in its place");

  const accepted = start(stack, topic, { acceptLostOffsets: true });
  await until("what the log still holds", () => accepted.handled.length === 10, 20_000);
  await accepted.consumer.stop(2_000);
  assert.equal(accepted.consumer.status().offsetLost, undefined);
}

async function aMissingCommitStops(stack: RealStack, topic: string): Promise<void> {
  const { groupId } = options(stack, topic);
  await withKafka(stack, (admin) => admin.deleteGroups([groupId]));
  const stopped = start(stack, topic, { commitsExpected: true });
  await until("the loss is told", () => stopped.consumer.status().offsetLost?.why === "no-commit", 20_000);
  await stopped.consumer.stop(2_000);
  assert.deepEqual(stopped.handled, []);
  const fresh = start(stack, topic);
  await until("what the log still holds", () => fresh.handled.length === 160, 20_000);
  await fresh.consumer.stop(2_000);
}

function options(stack: RealStack, topic: string) {
  return { brokers: stack.brokers, clientId: "positions", groupId: `positions-${topic}`, topic };
}

/** A consumer of the test's group that notes what it has handled. */
function start(stack: RealStack, topic: string, overrides: Partial<ConsumerOptions<string>> = {}) {
  const handled: string[] = [];
  const { handle = () => Promise.resolve(), ...others } = overrides;
  const consumer = new Consumer<string>({
    groupId: options(stack, topic).groupId,
    createMember: (listener) =>
      createGroupMember(
        { ...options(stack, topic), offsetReset: "earliest", sessionTimeoutMs: 10_000 },
        listener,
      ),
    decode: (value) => text.decode(value),
    keyOf: (value) => value.split(":")[0]!,
    handle: async (message, context) => {
      await handle(message, context);
      handled.push(message.value);
    },
    deadLetters: {
      topic,
      partitions: 2,
      send: () => Promise.reject(new Error("nothing may be dead-lettered")),
    },
    sessionTimeoutMs: 10_000,
    ...others,
  });
  consumer.start();
  return { consumer, handled };
}

async function withKafka(
  stack: RealStack,
  work: (admin: kafkajs.Admin) => Promise<unknown>,
): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [...stack.brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}
