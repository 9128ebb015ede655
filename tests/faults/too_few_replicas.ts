import assert from "node:assert/strict";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { killBroker, startBroker, stopBroker } from "../../tools/stack/server_control.ts";
import { asOperator } from "../harness/kafka_admin.ts";
import type { FoundRecord } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertLogAgrees, type SentValue } from "../harness/sent_values.ts";
import { SteadyLoad } from "../harness/steady_load.ts";
import { until } from "../harness/topics.ts";

export const brokers = 3;

const PARTITIONS = 3;
const MAX_BUFFERED = 200;
const DELIVERY_TIMEOUT_MS = 3_000;
const BACK_MS = 60_000;

/** Stopped in order, it leaves the replicas at once; killed, it is missed after nine seconds, with records under way. */
type Leaving = "stopped" | "killed";

/**
 * A topic that wants three replicas has two for a while. Nothing is acknowledged meanwhile: one producer waits, within
 * its bound, and delivers when the third is back; another, with a delivery timeout, says of each record that it is not
 * written, or that it may be, and where it is certain it is right.
 */
export default async function (
  stack: RealStack & { readonly dataDir: string },
  scale: "ci" | "full",
): Promise<string> {
  const lines = [await missing(stack, "stopped", scale === "full" ? 60_000 : 5_000)];
  if (scale === "full") lines.push(await missing(stack, "killed", 40_000));
  return lines.join("; ");
}

async function missing(
  stack: RealStack & { readonly dataDir: string },
  leaving: Leaving,
  awayMs: number,
): Promise<string> {
  const topics = { patient: await wantsThree(stack, "patient"), hasty: await wantsThree(stack, "hasty") };
  const patient = producer(stack, {});
  const hasty = producer(stack, { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
  const loads = {
    patient: new SteadyLoad(patient, { topic: topics.patient, partitions: PARTITIONS, everyMs: 10 }),
    hasty: new SteadyLoad(hasty, { topic: topics.hasty, partitions: PARTITIONS, everyMs: 10 }),
  };
  try {
    await Promise.all([loads.patient.acknowledges(BACK_MS), loads.hasty.acknowledges(BACK_MS)]);
    await (leaving === "stopped" ? stopBroker : killBroker)(stack.dataDir, 2);
    const left = { from: 0, to: 0, mostInFlight: 0 };
    try {
      await until("two replicas in sync", async () => await inSync(stack, topics.patient) === 2, BACK_MS);
      left.from = performance.now();
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      left.mostInFlight = patient.inFlight;
    } finally {
      left.to = performance.now();
      await startBroker(stack.dataDir, 2);
    }
    await until("three replicas in sync", async () => await inSync(stack, topics.patient) === 3, BACK_MS);
    await Promise.all([loads.patient.acknowledges(BACK_MS), loads.hasty.acknowledges(BACK_MS)]);
    const [waited, late] = await Promise.all([loads.patient.stop(), loads.hasty.stop()]);
    assert.equal(await patient.close(BACK_MS), true);
    await hasty.close(BACK_MS);

    for (const { value, at, offset } of [...waited, ...late]) {
      const whileAway = at > left.from && at < left.to && offset !== undefined;
      assert.ok(!whileAway, `${value} was acknowledged with two replicas of three`);
    }
    assert.deepEqual(waited.filter(({ error }) => error), []);
    assert.ok(left.mostInFlight <= MAX_BUFFERED, `${left.mostInFlight} unanswered`);
    // Sent again by another session, what a broker wrote and did not acknowledge is there twice.
    const repeats = "may be";
    const log = await assertLogAgrees(stack, topics.patient, { sent: waited, repeats });
    const found = new Set((await assertLogAgrees(stack, topics.hasty, { sent: late, repeats })).map(textOf));
    return `third replica ${leaving} for ${
      (awayMs / 1_000).toFixed(0)
    } s: ${waited.length} waited and were delivered, ` +
      `${log.length - waited.length} repeated; with a delivery timeout ${answers(late, found)}`;
  } finally {
    await Promise.all([patient.close(0), hasty.close(0)]);
    await Promise.all([loads.patient.stop(), loads.hasty.stop()]);
  }
}

function producer(stack: RealStack, options: { readonly deliveryTimeoutMs?: number }): Producer {
  return new Producer({
    open: producerSessions({ brokers: stack.brokers, clientId: "too-few-replicas" }),
    batch: { lingerMs: 5, maxRecords: 50, maxBytes: 900_000 },
    maxBufferedRecords: MAX_BUFFERED,
    ...options,
  });
}

/** A topic with three replicas that writes only to all three. */
async function wantsThree(stack: RealStack, name: string): Promise<string> {
  const topic = `too-few-replicas-${name}-${Date.now()}`;
  const configEntries = [{ name: "min.insync.replicas", value: "3" }];
  await asOperator(stack, (admin) =>
    admin.createTopics({
      waitForLeaders: false, // a broker that has not heard of the topic yet would make it fail
      topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 3, configEntries }],
    }));
  await until("three replicas in sync", async () => await inSync(stack, topic).catch(() => 0) === 3, 10_000);
  return topic;
}

/** How many replicas are in sync in each partition: the fewest. */
async function inSync(stack: RealStack, topic: string): Promise<number> {
  const { topics } = await asOperator(stack, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  return Math.min(...topics[0]!.partitions.map(({ isr }) => isr.length));
}

function textOf({ value }: FoundRecord): string {
  return value!.toString();
}

function answers(sent: readonly SentValue[], found: ReadonlySet<string>): string {
  const unknown = sent.filter(({ error }) => error?.definite === false);
  const certain = sent.filter(({ error }) => error?.definite === true);
  return `${
    sent.length - unknown.length - certain.length
  } acknowledged, ${certain.length} certainly not written, ` +
    `${unknown.length} unknown (${unknown.filter(({ value }) => found.has(value)).length} of them written)`;
}
