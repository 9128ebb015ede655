import kafkajs from "kafkajs";
import { systemClock } from "../../lib/core/clock.ts";
import type { Rule } from "./kafka_proxy_rules.ts";

/** What plain kafkajs claimed, for messages `M0`, `M1`, … */
export interface NaiveResult {
  readonly acked: readonly string[];
  readonly failed: readonly { readonly message: string; readonly error: string }[];
  /** The offset that each acknowledgement named; the same one twice is the bug, seen from the client. */
  readonly offsets: Readonly<Record<string, string>>;
  readonly tookMs: number;
}

/** The fault that shows the bug: the answer to the `nth` Produce is lost, after the broker wrote its record. */
export function loseProduceAnswer(nth = 2): Rule {
  return {
    match: ({ apiName, count }) => apiName === "Produce" && count === nth,
    act: "drop-response",
    times: 1,
  };
}

/**
 * How an order gets lost with plain kafkajs: `count` sends at once of one message each to partition 0, idempotent.
 *
 * The bad control: under `loseProduceAnswer` all are acknowledged, and the log lacks one and holds another twice.
 * kafkajs gives the sequence number of the unanswered send back and lets the next send take it, before it tries
 * again; the broker takes that next message for a repeat and answers "written". A harness that does not see this
 * would not see it in our own producer either.
 */
export async function naiveSends(
  proxyBrokers: readonly string[],
  topic: string,
  count: number,
): Promise<NaiveResult> {
  const kafka = new kafkajs.Kafka({
    clientId: "naive-control",
    brokers: [...proxyBrokers],
    requestTimeout: 1_500,
    retry: { retries: 5, initialRetryTime: 300 },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  const acked: string[] = [];
  const failed: { message: string; error: string }[] = [];
  const offsets: Record<string, string> = {};
  const startedAt = systemClock.monotonic();
  await producer.connect();
  await Promise.all(Array.from({ length: count }, async (_, index) => {
    const message = `M${index}`;
    try {
      const [answer] = await producer.send({ topic, messages: [{ value: message, partition: 0 }], acks: -1 });
      acked.push(message);
      offsets[message] = answer?.baseOffset ?? "none";
    } catch (error) {
      failed.push({ message, error: String(error) });
    }
  }));
  await producer.disconnect();
  return { acked, failed, offsets, tookMs: systemClock.monotonic() - startedAt };
}
