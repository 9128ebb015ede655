import kafkajs from "kafkajs";
import { Buffer } from "node:buffer";
import type { RealStack } from "./real_stack.ts";

let readers = 0;

/** A record as an independent reader finds it. */
export interface FoundRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: kafkajs.IHeaders;
  /** The producer id of its batch, -1 for a producer that is not idempotent, and its number within that. */
  readonly producerId: number;
  readonly sequence: number;
}

/** What kafkajs' types leave out of a message that it has read. */
interface InBatch {
  readonly batchContext: {
    readonly producerId: string;
    readonly firstOffset: string;
    readonly firstSequence: number;
  };
}

/**
 * Every record of a topic up to its present end, by partition and offset, read with plain kafkajs and no code of ours.
 *
 * @param from by partition: where to begin; without it, at the log's beginning.
 */
export async function readRecords(
  stack: RealStack,
  topic: string,
  from: ReadonlyMap<number, number> = new Map(),
): Promise<FoundRecord[]> {
  // Patient: a coordinator that has just come back loads its groups first.
  const retry = { retries: 60, initialRetryTime: 300, maxRetryTime: 1_000 };
  const kafka = new kafkajs.Kafka({ brokers: [...stack.brokers], retry, logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const beginOf = (partition: number) => from.get(partition) ?? 0;
  const ends = (await admin.fetchTopicOffsets(topic)).filter(({ partition, low, high }) =>
    Number(high) > Math.max(Number(low), beginOf(partition))
  );
  await admin.disconnect();
  const left = new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
  const found: FoundRecord[] = [];
  if (left.size === 0) return found;
  const consumer = kafka.consumer({ groupId: `reader-${Date.now()}-${readers++}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  await consumer.run({
    autoCommit: false,
    // deno-lint-ignore require-await -- kafkajs wants a promise
    eachBatch: async ({ batch }) => {
      const end = left.get(batch.partition);
      if (end === undefined) return;
      for (const message of batch.messages) {
        const { offset, key, value, headers, batchContext } = message as typeof message & InBatch;
        if (Number(offset) >= beginOf(batch.partition) && Number(offset) < end) {
          found.push({
            partition: batch.partition,
            offset: Number(offset),
            key,
            value,
            headers: headers ?? {},
            producerId: Number(batchContext.producerId),
            sequence: batchContext.firstSequence + Number(offset) - Number(batchContext.firstOffset),
          });
        }
      }
      if (Number(batch.lastOffset()) + 1 >= end) left.delete(batch.partition);
      if (left.size === 0) resolve();
    },
  });
  for (const [partition, offset] of from) consumer.seek({ topic, partition, offset: `${offset}` });
  await done;
  await consumer.disconnect();
  return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
