import kafkajs from "kafkajs";
import type { RealStack } from "./real_stack.ts";

let scans = 0;

/** A record as it is told, not kept. */
export interface ScannedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly value: Uint8Array | null;
}

/**
 * Tells every record of a topic from its beginning to its present end, each partition in order, and keeps none. Read
 * with plain kafkajs and no code of ours. Rejects where the reader crashes or an offset is missing.
 */
export async function scanTopic(
  stack: RealStack,
  topic: string,
  onRecord: (record: ScannedRecord) => void,
): Promise<void> {
  // Patient: a coordinator that has just come back loads its groups first.
  const retry = { retries: 60, initialRetryTime: 300, maxRetryTime: 1_000 };
  const kafka = new kafkajs.Kafka({ brokers: [...stack.brokers], retry, logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const bounds = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  const left = new Map(
    bounds.filter(({ low, high }) => Number(high) > Number(low)).map(({ partition, low, high }) => [
      partition,
      { next: Number(low), end: Number(high) },
    ]),
  );
  if (left.size === 0) return;
  const consumer = kafka.consumer({ groupId: `scan-${Date.now()}-${scans++}`, maxWaitTimeInMs: 100 });
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  consumer.on("consumer.crash", ({ payload }) => payload.restart || reject(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      // deno-lint-ignore require-await -- kafkajs wants a promise
      eachBatch: async ({ batch: { partition, messages } }) => {
        const range = left.get(partition);
        if (range === undefined) return;
        for (const { offset, value } of messages) {
          const at = Number(offset);
          if (at < range.next || at >= range.end) continue;
          if (at > range.next) reject(new Error(`offset ${range.next} is missing in ${topic}[${partition}]`));
          onRecord({ partition, offset: at, value });
          range.next = at + 1;
        }
        if (range.next >= range.end) left.delete(partition);
        if (left.size === 0) resolve();
      },
    });
    await done;
  } finally {
    await consumer.disconnect();
  }
}
