import assert from "node:assert/strict";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { EventProducer } from "../../lib/producer/event_producer.ts";
import { partitionFor } from "../../lib/producer/partitioner.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { asOperator } from "../harness/kafka_admin.ts";
import { startKafkaProxy } from "../harness/kafka_proxy.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { createTopic, until } from "../harness/topics.ts";

const BEFORE = 3;
const AFTER = 6;
const USERS = 30;
/** kafkajs asks for the partitions again after five minutes, or when a connection is lost. */
const UNASKED_MS = 330_000;

const utf8 = new TextEncoder();

interface Event {
  readonly user: string;
  readonly seq: number;
}

/**
 * Partitions are added under load: the users stay where they were, each in order, nothing goes to the new partitions,
 * and the producer says so as soon as it learns of it, by itself within five minutes.
 */
export default async function (stack: RealStack, scale: "ci" | "full"): Promise<string> {
  const topic = await createTopic(stack, "partitions-added", BEFORE);
  const proxy = await startKafkaProxy({ upstreams: [...stack.brokers] });
  const alarms: string[] = [];
  const producer = new Producer({
    open: producerSessions({ brokers: proxy.brokers, clientId: "partitions-added" }),
    batch: { lingerMs: 5, maxRecords: 50, maxBytes: 900_000 },
    onAlarm: (alarm) => alarms.push(alarm),
  });
  const events = new EventProducer<Event>({
    producer,
    topic,
    partitions: BEFORE,
    keyOf: ({ user }) => user,
    encode: (event) => utf8.encode(JSON.stringify(event)),
  });
  const sent: Promise<unknown>[] = [];
  let saidMs = 0;
  const sendOfEveryUser = async () => {
    const seq = sent.length / USERS;
    for (let user = 0; user < USERS; user++) sent.push(events.send({ user: `user-${user}`, seq }));
    await Promise.all(sent.slice(-USERS));
  };
  try {
    for (let round = 0; round < 20; round++) await sendOfEveryUser();
    assert.deepEqual([alarms, producer.troubles()], [[], []]);
    await asOperator(
      stack,
      (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: AFTER }] }),
    );
    const addedAt = performance.now();
    await sendOfEveryUser();
    if (scale === "ci") {
      proxy.rules.add({ match: ({ apiName }) => apiName === "Produce", act: "reset-before", times: 1 });
    }
    await until("an alarm", async () => {
      await sendOfEveryUser();
      return alarms.length > 0;
    }, scale === "ci" ? 10_000 : UNASKED_MS);
    saidMs = performance.now() - addedAt;
    for (let round = 0; round < 20; round++) await sendOfEveryUser();
    assert.deepEqual(alarms, ["partition-count"], "said once, however many sessions see it");
    assert.match(
      producer.troubles().join(),
      new RegExp(`^${topic} has ${AFTER} partitions, .* on ${BEFORE} `),
    );
    assert.equal(await producer.close(10_000), true);
  } finally {
    await producer.close(0);
    await proxy.close();
  }
  await assertInOrder(stack, topic, sent.length / USERS);
  return `${sent.length} events of ${USERS} users stay on ${BEFORE} of ${AFTER} partitions, each user in order; ` +
    `said after ${(saidMs / 1_000).toFixed(1)} s`;
}

/** Every user has all its events, in order, in the partition of its key among those of the start. */
async function assertInOrder(stack: RealStack, topic: string, rounds: number): Promise<void> {
  const seqs = new Map<string, number[]>();
  for (const { partition, value } of await readRecords(stack, topic)) {
    const { user, seq } = JSON.parse(value!.toString()) as Event;
    assert.equal(partition, partitionFor(utf8.encode(user), BEFORE), user);
    const known = seqs.get(user) ?? [];
    if (!known.includes(seq)) known.push(seq); // a connection was cut: there may be a repeat
    seqs.set(user, known);
  }
  assert.equal(seqs.size, USERS);
  const inOrder = Array.from({ length: rounds }, (_, seq) => seq);
  for (const [user, found] of seqs) assert.deepEqual(found, inOrder, user);
}
