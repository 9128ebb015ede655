import { Buffer } from "node:buffer";
import kafkajs from "kafkajs";
import type { RealStack } from "./real_stack.ts";

/** A record as anybody may put it on a topic. */
export interface RawRecord {
  readonly partition: number;
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: Readonly<Record<string, Uint8Array | string>>;
}

/** Puts records on a topic with plain kafkajs and no code of ours, in the order given. */
export async function produceRaw(
  stack: RealStack,
  topic: string,
  records: readonly RawRecord[],
): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [...stack.brokers], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await producer.send({
      topic,
      acks: -1,
      messages: records.map(({ partition, key, value, headers }) => ({
        partition,
        key: bytes(key),
        value: bytes(value),
        ...(headers !== undefined && {
          headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, bytes(text)!])),
        }),
      })),
    });
  } finally {
    await producer.disconnect();
  }
}

function bytes(value: Uint8Array | string | null): Buffer | null {
  return value === null ? null : Buffer.from(value as string); // bytes are copied, text is encoded
}
