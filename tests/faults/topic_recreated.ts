import assert from "node:assert/strict";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { asOperator } from "../harness/kafka_admin.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertLogAgrees } from "../harness/sent_values.ts";
import { SteadyLoad } from "../harness/steady_load.ts";
import { createTopic, until } from "../harness/topics.ts";

const PARTITIONS = 3;
const STALL_MS = 30_000;

/**
 * A topic is deleted and made anew under load. What was acknowledged before is gone, and that is said; everything
 * acknowledged since is in the new topic, in order, and no partition is stuck.
 */
export default async function (stack: RealStack, scale: "ci" | "full"): Promise<string> {
  // Made anew at once, as by a script; while one session still tries; and after it gave up.
  const absences = scale === "full" ? [0, 0, 2_000, 20_000, 60_000] : [0, 2_000];
  const lines: string[] = [];
  for (const absentMs of absences) lines.push(await recreate(stack, absentMs));
  return lines.join("; ");
}

async function recreate(stack: RealStack, absentMs: number): Promise<string> {
  const topic = await createTopic(stack, "topic-recreated", PARTITIONS);
  const alarms: string[] = [];
  const producer = new Producer({
    open: producerSessions({ brokers: stack.brokers, clientId: "topic-recreated" }),
    batch: { lingerMs: 5, maxRecords: 50, maxBytes: 900_000 },
    onAlarm: (alarm) => alarms.push(alarm),
  });
  const load = new SteadyLoad(producer, { topic, partitions: PARTITIONS, everyMs: 2 });
  try {
    for (let i = 0; i < 10; i++) await load.acknowledges(STALL_MS);
    const deletedAt = performance.now();
    await asOperator(stack, (admin) => admin.deleteTopics({ topics: [topic] }));
    await new Promise((resolve) => setTimeout(resolve, absentMs));
    await createAgain(stack, topic);
    const createdAt = performance.now();
    await load.acknowledges(STALL_MS);
    const stallMs = performance.now() - createdAt;
    const sent = await load.stop();
    assert.equal(await producer.close(10_000), true);

    const gone = sent.filter(({ at }) => at < deletedAt).length;
    assert.ok(gone > 10 * PARTITIONS, "something was acknowledged before");
    assert.deepEqual(sent.filter(({ error }) => error), [], "everything is acknowledged in the end");
    assert.equal(alarms.length, PARTITIONS, `each partition is an alarm, once: ${alarms}`);
    assert.ok(alarms.every((alarm) => alarm === "offsets-reset"));
    // The first batch of a partition whose offsets go back is taken for falsely acknowledged, and sent again.
    const since = sent.filter(({ at }) => at > createdAt);
    const log = await assertLogAgrees(stack, topic, { sent: since, repeats: "may be" });
    return `absent ${absentMs} ms: ${gone} gone and said so, ${since.length} in the new topic ` +
      `(${log.length} records) from ${stallMs.toFixed(0)} ms on`;
  } finally {
    await producer.close(0);
    await load.stop();
  }
}

/** A topic that was just deleted may be in the way for a moment. */
async function createAgain(stack: RealStack, topic: string): Promise<void> {
  await asOperator(stack, (admin) =>
    until("a topic of the same name", async () => {
      const topics = [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }];
      return await admin.createTopics({ topics, waitForLeaders: true });
    }, STALL_MS));
}
