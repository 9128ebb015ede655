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

/** A reader that hears nothing for so long is replaced: a crash of kafkajs', or a place in the group that was lost. */
const QUIET_MS = 20_000;
const MAX_READERS = 15;

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
  const reading = new Reading(await rangesOf(kafka, topic, from));
  for (let tries = 0; !reading.isOver; tries++) {
    if (tries === MAX_READERS) throw new Error(`${topic} cannot be read to its end: ${reading.describe()}`);
    await readOn(kafka, topic, reading);
  }
  return reading.found.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

interface Range {
  next: number;
  readonly end: number;
}

/** What was read so far, and what is left. */
class Reading {
  readonly found: FoundRecord[] = [];
  readonly #left: Map<number, Range>;

  constructor(ranges: Map<number, Range>) {
    this.#left = ranges;
  }

  get isOver(): boolean {
    return this.#left.size === 0;
  }

  /** Where to read on. */
  get positions(): { readonly partition: number; readonly offset: string }[] {
    return [...this.#left].map(([partition, { next }]) => ({ partition, offset: `${next}` }));
  }

  describe(): string {
    return this.positions.map(({ partition, offset }) => `${partition}@${offset}`).join(", ");
  }

  take(batch: kafkajs.Batch): void {
    const { partition, messages } = batch;
    const range = this.#left.get(partition);
    if (range === undefined) return;
    for (const message of messages) {
      const { offset: text, key, value, headers = {}, batchContext } = message as typeof message & InBatch;
      const offset = Number(text);
      if (offset < range.next || offset >= range.end) continue; // read before, or not there yet when it all began
      const sequence = batchContext.firstSequence + offset - Number(batchContext.firstOffset);
      const producerId = Number(batchContext.producerId);
      this.found.push({ partition, offset, key, value, headers, producerId, sequence });
      range.next = offset + 1;
    }
    if (Number(batch.lastOffset()) + 1 >= range.end) this.#left.delete(partition);
  }
}

async function rangesOf(
  kafka: kafkajs.Kafka,
  topic: string,
  from: ReadonlyMap<number, number>,
): Promise<Map<number, Range>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const bounds = await admin.fetchTopicOffsets(topic);
    return new Map(
      bounds.map(({ partition, low, high }): [number, Range] => [
        partition,
        { next: Math.max(Number(low), from.get(partition) ?? 0), end: Number(high) },
      ]).filter(([, { next, end }]) => next < end),
    );
  } finally {
    await admin.disconnect();
  }
}

/** Reads with a new consumer, for as long as it brings anything. */
async function readOn(kafka: kafkajs.Kafka, topic: string, reading: Reading): Promise<void> {
  const consumer = kafka.consumer({ groupId: `reader-${Date.now()}-${readers++}`, maxWaitTimeInMs: 100 });
  const { promise: over, resolve } = Promise.withResolvers<void>();
  consumer.on("consumer.crash", () => resolve());
  let quiet = setTimeout(resolve, QUIET_MS);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      // deno-lint-ignore require-await -- kafkajs wants a promise
      eachBatch: async ({ batch }) => {
        clearTimeout(quiet);
        quiet = setTimeout(resolve, QUIET_MS);
        reading.take(batch);
        if (reading.isOver) resolve();
      },
    });
    for (const position of reading.positions) consumer.seek({ topic, ...position });
    await over;
  } finally {
    clearTimeout(quiet);
    await consumer.disconnect();
  }
}
