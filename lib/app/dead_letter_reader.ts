import type { ConsumerRecord } from "../core/record.ts";
import type { Admin } from "../kafka/ports.ts";
import { readTopic } from "../kafka/topic_reader.ts";

type Read = (partition: number, onRecord: (record: ConsumerRecord) => void) => Promise<void>;

/** Reads a partition of the dead letters from its start to its present end; needs the right to Read the topic. */
export function deadLetterReader(
  admin: Admin,
  client: Parameters<typeof readTopic>[0],
  topic: string,
): Read {
  return async (partition, onRecord) => {
    const bounds = (await admin.bounds(topic)).find((one) => one.partition === partition);
    if (bounds === undefined) throw new Error(`there is no ${topic}[${partition}]`);
    await readTopic(client, topic, [{ partition, from: bounds.start, to: bounds.end }], onRecord);
  };
}
