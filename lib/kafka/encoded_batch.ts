import type { Buffer } from "node:buffer";
import type kafkajs from "kafkajs";
import Encoder from "kafkajs/src/protocol/encoder.js";
import produce from "kafkajs/src/protocol/requests/produce/index.js";
import { systemClock } from "../core/clock.ts";
import type { ProducerRecord } from "../core/record.ts";
import { encodeRecords, writeHeader } from "./record_batch.ts";

/** The one message of which kafkajs knows, standing for all records of a batch. */
export interface BatchMessage extends kafkajs.Message {
  readonly batch: EncodedBatch;
}

/**
 * Records that go through kafkajs as one encoded batch, in the place of an array of messages. It answers what kafkajs
 * asks of that array: how many there are, whether a value is missing, and, once for every try, how they are spread over
 * partitions. What kafkajs does for each record, in a time that grows with the square of their number, is not done.
 */
export class EncodedBatch {
  readonly length: number;
  readonly #partition: number;
  readonly #bytes: Buffer;

  constructor(partition: number, records: readonly ProducerRecord[]) {
    this.#partition = partition;
    this.length = records.length;
    this.#bytes = encodeRecords(records);
  }

  /** The array, as far as kafkajs' types know. */
  asMessages(): kafkajs.Message[] {
    return this as unknown as kafkajs.Message[]; // by the methods below it does what kafkajs needs of one
  }

  /** No record lacks its value. */
  find(): undefined {}

  /** All are in one group. `group` is asked once: it asks our partitioner, which counts the tries. */
  reduce(group: (groups: object, message: BatchMessage) => unknown): Record<number, EncodedBatch> {
    group({}, { partition: this.#partition, value: null, batch: this });
    return { [this.#partition]: this };
  }

  /** The batch as one try sends it, in memory that the next try writes again. */
  write(place: { producerId: bigint; producerEpoch: number; firstSequence: number }): Buffer {
    writeHeader(this.#bytes, { ...place, count: this.length, codec: 0, timestamp: systemClock.now() });
    return this.#bytes;
  }
}

// deno-lint-ignore no-explicit-any -- kafkajs' inner modules carry no types
type Inner = any;

/** Lets kafkajs send requests that carry an {@linkcode EncodedBatch}; all others it writes itself. */
export function sendEncodedBatches(): void {
  const { protocol } = produce;
  produce.protocol = ({ version }: { version: number }) => {
    const plain = protocol({ version });
    return (options: Inner) => {
      const made = plain(options);
      if (!(options.topicData[0].partitions[0].messages instanceof EncodedBatch)) return made;
      return { ...made, request: { ...made.request, encode: () => Promise.resolve(encodeRequest(options)) } };
    };
  };
}

/** https://kafka.apache.org/protocol#The_Messages_Produce, versions 3 to 8: one topic, one partition, one batch. */
function encodeRequest(
  { acks, timeout, transactionalId = null, producerId, producerEpoch, topicData }: Inner,
): Inner {
  const [{ topic, partitions: [{ partition, firstSequence, messages }] }] = topicData;
  const place = { producerId: BigInt(producerId.toString()), producerEpoch, firstSequence };
  const batch: Buffer = messages.write(place);
  return new Encoder(batch.length + REQUEST_BYTES)
    .writeString(transactionalId).writeInt16(acks).writeInt32(timeout)
    .writeInt32(1).writeString(topic)
    .writeInt32(1).writeInt32(partition)
    .writeInt32(batch.length).writeBuffer(batch);
}

/** Room for everything around the batch; it grows when a topic's name is longer. */
const REQUEST_BYTES = 256;
