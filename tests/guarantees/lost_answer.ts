import assert from "node:assert/strict";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { loseProduceAnswer, naiveSends } from "../harness/kafka_naive_control.ts";
import { type KafkaProxy, startKafkaProxy } from "../harness/kafka_proxy.ts";
import { readAll } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { createTopic } from "../harness/topics.ts";

const SENDERS = 64;
const utf8 = new TextEncoder();

/**
 * One answer to a Produce request is lost while 64 sends are under way. kafkajs as its manual shows acknowledges an
 * order that is not in the log; ours does not, and keeps the order of sending.
 */
export default async function (stack: RealStack): Promise<void> {
  await theNaiveWayLoses(stack);
  await oursDoesNot(stack);
}

async function theNaiveWayLoses(stack: RealStack): Promise<void> {
  const topic = await createTopic(stack, "lost-answer-naive", 1);
  const proxy = await startKafkaProxy({ upstreams: [...stack.brokers], rules: [loseProduceAnswer(1)] });
  try {
    const { acked } = await naiveSends(proxy.brokers, topic, SENDERS);
    assertLost(proxy, 1);
    const log = new Set(await readAll(stack, topic));
    const missing = acked.filter((value) => !log.has(value));
    assert.ok(
      missing.length > 0,
      "the control must lose an acknowledged message, or this test proves nothing",
    );
  } finally {
    await proxy.close();
  }
}

async function oursDoesNot(stack: RealStack): Promise<void> {
  const topic = await createTopic(stack, "lost-answer-ours", 1);
  const rules = [1, 4, 9].map((nth) => loseProduceAnswer(nth));
  const proxy = await startKafkaProxy({ upstreams: [...stack.brokers], rules });
  const producer = new Producer({
    open: producerSessions({ brokers: proxy.brokers, clientId: "ours", requestTimeoutMs: 1_500 }),
    batch: { lingerMs: 0, maxRecords: 5, maxBytes: 900_000 },
  });
  try {
    const acks = await Promise.all(Array.from({ length: SENDERS }, async (_, index) => {
      const value = `M${index}`;
      const { offset } = await producer.send({ topic, partition: 0, key: null, value: utf8.encode(value) });
      return { value, offset };
    }));
    assertLost(proxy, 3);
    const log = await readAll(stack, topic);
    for (const { value, offset } of acks) {
      assert.equal(log[offset], value, `what was acknowledged at ${offset}`);
    }
    const first = [...new Set(log)];
    assert.deepEqual(first, acks.map(({ value }) => value), "the order of sending, repeats aside");
    assert.equal(await producer.close(5_000), true);
  } finally {
    await proxy.close();
  }
}

/** A run whose fault did not happen proves nothing. */
function assertLost(proxy: KafkaProxy, times: number): void {
  const lost = proxy.events.filter((event) =>
    "action" in event && event.kind === "response" && event.action === "drop-response"
  );
  assert.equal(lost.length, times, "answers that were seen to be lost");
  assert.deepEqual(proxy.events.filter(({ kind }) => kind === "error"), []);
}
