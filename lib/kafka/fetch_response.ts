import type { Buffer } from "node:buffer";
import type kafkajs from "kafkajs";
import Decoder from "kafkajs/src/protocol/decoder.js";
import { lookupCodecByAttributes } from "kafkajs/src/protocol/message/compression/index.js";
import type { TopicPartition } from "../core/record.ts";
import { type AbortedTransaction, type BatchRecords, readRecordBatches } from "./record_batch_reader.ts";

// deno-lint-ignore no-explicit-any -- kafkajs' inner modules carry no types
type Inner = any;

/**
 * The one message of which kafkajs knows, standing for all that a fetch brought of a partition. It has the offset of
 * the last record, so that kafkajs reads on behind it.
 */
interface FetchedMessage extends BatchRecords {
  readonly offset: string;
  /** Nothing but markers, or nothing that is left: kafkajs goes on behind it without telling `eachBatch`. */
  readonly isControlRecord: boolean;
}

/** The first version whose records are in batches; brokers since 0.11 have it. */
const FIRST_VERSION = 4;

/**
 * Reads what this cluster's brokers send in one pass, straight into the records that lanes take. kafkajs makes a buffer
 * and a decoder for each record, offsets as text, and copies each message three times; and it checks no checksum.
 *
 * Of this cluster alone: whoever else has a consumer of kafkajs in this process must get messages as they know them.
 */
export function readFetchesInOnePass(cluster: Inner): void {
  const { findBroker } = cluster;
  cluster.findBroker = async (...args: unknown[]) => {
    const broker = await findBroker.apply(cluster, args);
    if (broker === undefined || Object.hasOwn(broker, ONE_PASS)) return broker;
    const { fetch } = broker;
    const lookupRequest = (...args: unknown[]) => inOnePass(broker.lookupRequest(...args));
    const apart = Object.create(broker, { lookupRequest: { value: lookupRequest } });
    return Object.assign(broker, { [ONE_PASS]: true, fetch: (request: Inner) => fetch.call(apart, request) });
  };
}

const ONE_PASS = Symbol("reads in one pass");

/** What makes kafkajs' requests for records, with answers that are read in one pass. */
export function inOnePass(make: (options: Inner) => Inner): (options: Inner) => Inner {
  return (options) => {
    const made = make(options);
    const { apiVersion } = made.request;
    if (apiVersion < FIRST_VERSION) return made;
    return {
      ...made,
      response: { ...made.response, decode: (bytes: Buffer) => decodeResponse(bytes, apiVersion) },
    };
  };
}

/** What a batch of kafkajs brought. */
export function fetchedRecords(batch: kafkajs.Batch): BatchRecords {
  return batch.messages.at(-1) as unknown as FetchedMessage;
}

/** https://kafka.apache.org/protocol#The_Messages_Fetch, versions 4 to 11. */
async function decodeResponse(bytes: Buffer, version: number): Promise<Inner> {
  const decoder = new Decoder(bytes);
  const throttleTime: number = decoder.readInt32();
  const session = version < 7 ? {} : { errorCode: decoder.readInt16(), sessionId: decoder.readInt32() };
  const responses: Inner[] = await decoder.readArrayAsync(async () => {
    const topicName: string = decoder.readString();
    return {
      topicName,
      partitions: await decoder.readArrayAsync(() => decodePartition(decoder, topicName, version)),
    };
  });
  // Since version 8 the broker has not waited itself; kafkajs then does.
  const throttle = version < 8 ? { throttleTime } : { throttleTime: 0, clientSideThrottleTime: throttleTime };
  return { ...throttle, ...session, responses };
}

async function decodePartition(decoder: Inner, topic: string, version: number): Promise<Inner> {
  const partition: number = decoder.readInt32();
  const facts = {
    partition,
    errorCode: decoder.readInt16(),
    highWatermark: decoder.readInt64().toString(),
    lastStableOffset: decoder.readInt64().toString(),
    ...version >= 5 && { lastStartOffset: decoder.readInt64().toString() },
  };
  const aborted = decoder.readArray((): AbortedTransaction => ({
    producerId: decoder.readInt64(),
    firstOffset: Number(decoder.readInt64()),
  }));
  const replica = version >= 11 ? { preferredReadReplica: decoder.readInt32() } : {};
  const bytes: Buffer | null = decoder.readBytes();
  const messages = bytes === null ? [] : await readMessages(bytes, { topic, partition }, aborted);
  return { ...facts, ...replica, abortedTransactions: [], messages };
}

async function readMessages(
  bytes: Buffer,
  from: TopicPartition,
  aborted: readonly AbortedTransaction[],
): Promise<FetchedMessage[]> {
  try {
    const read = await readRecordBatches(bytes, from, {
      aborted,
      inflate(codec, packed) {
        const known = lookupCodecByAttributes(codec);
        if (known === null) throw new Error("it is none that Kafka has");
        return known.decompress(packed);
      },
    });
    return read === undefined ? [] : [fetchedMessage(read)];
  } catch (error) {
    return [unreadable(error)];
  }
}

/** The records of the other partitions came in the same answer: whoever wants these is told that they are none. */
function unreadable(error: unknown): FetchedMessage {
  const read = () => {
    throw error;
  };
  return fetchedMessage({ count: 1, nextOffset: Number.MAX_SAFE_INTEGER, read });
}

/** What stands for these records in a batch of kafkajs. */
export function fetchedMessage(records: BatchRecords): FetchedMessage {
  return { ...records, offset: String(records.nextOffset - 1), isControlRecord: records.count === 0 };
}
