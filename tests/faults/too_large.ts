import assert from "node:assert/strict";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { asOperator } from "../harness/kafka_admin.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertLogAgrees, sendValue, type SentValue } from "../harness/sent_values.ts";

const KB = 1_024;
/** Kafka's default, and the least that a segment may have. */
const MAX_MESSAGE_BYTES = 1_048_588;
const SEGMENT_BYTES = KB * KB;

/** By which limit a broker refuses a batch, and what it calls that. */
const LIMITS = [
  {
    code: "MESSAGE_TOO_LARGE",
    raise: "max.message.bytes",
    config: { "max.message.bytes": `${MAX_MESSAGE_BYTES}` },
  },
  {
    code: "RECORD_LIST_TOO_LARGE",
    raise: "segment.bytes",
    config: { "max.message.bytes": `${4 * KB * KB}`, "segment.bytes": `${SEGMENT_BYTES}` },
  },
] as const;

/**
 * A record that is too large is refused alone and for certain, wherever it stands among good ones that were sent with
 * it; a batch that is too large only as a whole is written whole.
 */
export default async function (stack: RealStack, scale: "ci" | "full"): Promise<string> {
  const rounds = scale === "full" ? 50 : 2;
  const lines: string[] = [];
  for (const limit of LIMITS) {
    const topic = `too-large-${limit.code.toLowerCase()}-${Date.now()}`;
    await asOperator(stack, (admin) =>
      admin.createTopics({
        waitForLeaders: true,
        topics: [{
          topic,
          numPartitions: 1,
          replicationFactor: 1,
          configEntries: Object.entries(limit.config).map(([name, value]) => ({ name, value })),
        }],
      }));
    const sent = await oneProducer(stack, topic, rounds);
    const refused = sent.filter(({ error }) => error);
    assert.ok(
      refused.every(({ value }) => value.length > MAX_MESSAGE_BYTES),
      "only what is too large is refused",
    );
    assert.equal(refused.length, rounds * TOO_LARGE_AT.length);
    for (const { error } of refused) {
      assert.deepEqual([error!.code, error!.definite], [limit.code, true]);
      assert.match(
        error!.message,
        new RegExp(`its 1,228,8\\d\\d bytes are more .* raise ${limit.raise} of topic ${topic}`),
      );
    }
    await assertLogAgrees(stack, topic, { sent });
    lines.push(`${limit.code}: ${refused.length} refused, ${sent.length - refused.length} written`);
  }
  return lines.join("; ");
}

/** At the start, in the middle and at the end of a batch. */
const TOO_LARGE_AT = [0, 4, 9];

async function oneProducer(stack: RealStack, topic: string, rounds: number): Promise<SentValue[]> {
  const producer = new Producer({
    open: producerSessions({ brokers: stack.brokers, clientId: "too-large" }),
    batch: { lingerMs: 1_000, maxRecords: 10, maxBytes: 20 * KB * KB },
  });
  const sent: SentValue[] = [];
  const sendTen = async (lengthOf: (index: number) => number) => {
    const ten = Array.from(
      { length: 10 },
      (_, index) => `${sent.length + index} `.padEnd(lengthOf(index), "x"),
    );
    sent.push(...await Promise.all(ten.map((value) => sendValue(producer, { topic, partition: 0, value }))));
  };
  try {
    for (let round = 0; round < rounds; round++) {
      for (const place of TOO_LARGE_AT) await sendTen((index) => index === place ? 1_200 * KB : KB);
      await sendTen(() => 300 * KB); // three of these fit
      await sendTen(() => KB);
    }
    assert.equal(await producer.close(10_000), true);
    return sent;
  } finally {
    await producer.close(0);
  }
}
