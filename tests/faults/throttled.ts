import assert from "node:assert/strict";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { kafkaTool } from "../harness/kafka_tool.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertLogAgrees, sendValue, type SentValue } from "../harness/sent_values.ts";
import { createTopic } from "../harness/topics.ts";

const PARTITIONS = 3;
const FREELY = 500;
const VALUE_BYTES = 1_000;
const MAX_BUFFERED = 200;
/** A broker looks back so far: that much may be sent at once before it slows a client down. */
const WINDOW_SECONDS = 10;

/**
 * A client over its quota is slowed down to it: every record is acknowledged, once and in order, the buffer stays
 * within its bound, and when the quota is gone the speed is back.
 */
export default async function (stack: RealStack, scale: "ci" | "full"): Promise<string> {
  const quotaBytes = scale === "full" ? 20_000 : 100_000;
  const seconds = scale === "full" ? 60 : 8;
  const topic = await createTopic(stack, "throttled", PARTITIONS);
  const clientId = topic;
  const load = new Load(stack, topic, clientId);
  try {
    const free = await load.send(FREELY);
    const count = Math.ceil((WINDOW_SECONDS + seconds) * quotaBytes / VALUE_BYTES);
    await setQuota(stack, clientId, quotaBytes);
    const slow = await load.send(count).finally(() => removeQuota(stack, clientId));
    await load.send(100); // the last pause that the broker asked for may still run
    const again = await load.send(FREELY);

    assert.ok(slow.seconds > seconds / 2, `the quota must be felt: ${count} records took ${slow.seconds} s`);
    assert.ok(slow.seconds < seconds * 2 + 5, `slowed down to the quota and no further: ${slow.seconds} s`);
    assert.ok(
      again.perSecond > free.perSecond / 4,
      `${again.perSecond}/s after the quota, ${free.perSecond} before`,
    );
    assert.equal(await load.producer.close(10_000), true);
    await assertLogAgrees(stack, topic, { sent: load.sent });
    assert.deepEqual(load.sent.filter(({ error }) => error), []);
    assert.ok(load.mostInFlight <= MAX_BUFFERED, `${load.mostInFlight} unanswered`);
    const longest = (slow.longestMs / 1_000).toFixed(1);
    return `${free.perSecond}/s of 1 kB; by a quota of ${
      quotaBytes / 1_000
    } kB/s ${slow.perSecond}/s, nobody waiting ` +
      `over ${longest} s; then ${again.perSecond}/s; at most ${load.mostInFlight} unanswered`;
  } finally {
    await load.producer.close(0);
  }
}

/** Sends as fast as the producer has room. */
class Load {
  readonly producer: Producer;
  readonly sent: SentValue[] = [];
  mostInFlight = 0;

  constructor(stack: RealStack, readonly topic: string, clientId: string) {
    this.producer = new Producer({
      open: producerSessions({ brokers: stack.brokers, clientId }),
      batch: { lingerMs: 5, maxRecords: 50, maxBytes: 900_000 },
      maxBufferedRecords: MAX_BUFFERED,
    });
  }

  async send(count: number): Promise<{ seconds: number; perSecond: number; longestMs: number }> {
    const startedAt = performance.now();
    let longestMs = 0;
    const answers: Promise<SentValue>[] = [];
    for (let i = 0; i < count; i++) {
      await this.producer.room();
      const value = `${this.sent.length + i} `.padEnd(VALUE_BYTES, "x");
      const sentAt = performance.now();
      const answer = sendValue(this.producer, { topic: this.topic, partition: i % PARTITIONS, value });
      answers.push(answer);
      void answer.then(() => longestMs = Math.max(longestMs, performance.now() - sentAt), () => {});
      this.mostInFlight = Math.max(this.mostInFlight, this.producer.inFlight);
    }
    this.sent.push(...await Promise.all(answers));
    const seconds = (performance.now() - startedAt) / 1_000;
    return { seconds, perSecond: Math.round(count / seconds), longestMs };
  }
}

function setQuota(stack: RealStack, clientId: string, bytesPerSecond: number): Promise<string> {
  return alterClient(stack, clientId, `--add-config producer_byte_rate=${bytesPerSecond}`);
}

function removeQuota(stack: RealStack, clientId: string): Promise<string> {
  return alterClient(stack, clientId, "--delete-config producer_byte_rate");
}

function alterClient(stack: RealStack, clientId: string, change: string): Promise<string> {
  return kafkaTool(stack, "configs", `--alter ${change} --entity-type clients --entity-name ${clientId}`);
}
