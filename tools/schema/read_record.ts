import type { ConsumerRecord } from "@orderline/lib/core/record";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import { readTopic } from "@orderline/lib/kafka/topic_reader";
import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { reachKafka, requireTopics } from "@orderline/lib/ops/startup";
import { SETUP } from "@orderline/schemas/settings";

/** Where one record lies. */
interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/**
 * Reads one record of a topic.
 *
 * @throws {CommandError} exit code 4 when no broker answers, 1 when there is no such record.
 */
export async function readRecord(
  { topic, partition, offset }: Place,
  { brokers, timeoutMs }: { brokers: readonly string[]; timeoutMs: number },
): Promise<ConsumerRecord> {
  const client = { brokers, clientId: "orderline-schema" };
  const admin = await reachKafka(() => connectAdmin(client), { timeoutMs });
  try {
    await requireTopics(admin, [topic], { setup: SETUP });
    const bounds = (await admin.bounds(topic)).find((one) => one.partition === partition);
    const found: ConsumerRecord[] = [];
    if (bounds !== undefined && offset >= bounds.start && offset < bounds.end) {
      const range = { partition, from: offset, to: offset + 1 };
      // The first read of a new broker may find the group's coordinator still loading.
      await reachKafka(() => readTopic(client, topic, [range], (record) => found.push(record)), {
        timeoutMs,
      });
    }
    const [record] = found;
    if (record !== undefined) return record;
    const held = bounds === undefined
      ? "no such partition"
      : bounds.end === bounds.start
      ? "no records"
      : `offsets ${bounds.start} to ${bounds.end - 1}`;
    throw new CommandError(
      EXIT.failed,
      `there is no record at ${topic}:${partition}:${offset}; it has ${held} there`,
    );
  } finally {
    await admin.close();
  }
}
