import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { asOperator } from "../harness/kafka_admin.ts";
import { kafkaTool } from "../harness/kafka_tool.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertLogAgrees, sendValue, type SentValue } from "../harness/sent_values.ts";
import { createTopic, until } from "../harness/topics.ts";

const EXPIRATION_MS = 2_000;
const FORGOTTEN_MS = 30_000;
const PER_ROUND = 5;

/**
 * A producer that was silent for so long that the broker forgot it goes on: everything is delivered, nothing twice,
 * and its order goes on where it was.
 */
export default async function (stack: RealStack, scale: "ci" | "full"): Promise<string> {
  const rounds = scale === "full" ? 10 : 1;
  const topic = await createTopic(stack, "expired-producer-id", 1);
  const alarms: string[] = [];
  const producer = new Producer({
    open: producerSessions({ brokers: stack.brokers, clientId: "expired" }),
    batch: { lingerMs: 5, maxRecords: 2, maxBytes: 900_000 },
    slots: 1,
    onAlarm: (alarm) => alarms.push(alarm),
  });
  const sent: SentValue[] = [];
  const sendSome = async () => {
    const values = Array.from({ length: PER_ROUND }, (_, index) => `M${sent.length + index}`);
    sent.push(
      ...await Promise.all(values.map((value) => sendValue(producer, { topic, partition: 0, value }))),
    );
  };
  try {
    await sendSome();
    const known = await producersKnown(stack, topic);
    assert.equal(known.length, 1, "one session wrote");
    for (let round = 0; round < rounds; round++) {
      await setExpiration(stack, EXPIRATION_MS);
      await until(
        "that the broker forgets the producer",
        async () => (await producersKnown(stack, topic)).length === 0,
        FORGOTTEN_MS,
      );
      await setExpiration(stack, undefined);
      await sendSome();
      assert.deepEqual(await producersKnown(stack, topic), known, "the same session writes on");
    }
    assert.equal(await producer.close(10_000), true);
  } finally {
    await setExpiration(stack, undefined);
    await producer.close(0);
  }
  await assertLogAgrees(stack, topic, { sent });
  assert.deepEqual(sent.filter(({ error }) => error), []);
  assert.deepEqual(alarms, []);
  return `forgotten ${rounds} times: ${sent.length} records, each once, in order`;
}

/** The ids of the producers that the leader of the only partition would know again. */
async function producersKnown(stack: RealStack, topic: string): Promise<string[]> {
  const table = await kafkaTool(stack, "transactions", `describe-producers --topic ${topic} --partition 0`);
  return table.trim().split("\n").slice(1).map((line) => line.split(/\s+/)[0]!);
}

/** Every broker forgets a producer that is silent for so long; undefined: a day again. */
async function setExpiration(stack: RealStack, ms: number | undefined): Promise<void> {
  await asOperator(stack, async (admin) => {
    const { brokers } = await admin.describeCluster();
    await admin.alterConfigs({
      validateOnly: false,
      resources: brokers.map(({ nodeId }) => ({
        type: kafkajs.ConfigResourceTypes.BROKER,
        name: `${nodeId}`,
        configEntries: ms === undefined ? [] : [{ name: "producer.id.expiration.ms", value: `${ms}` }],
      })),
    });
  });
}
