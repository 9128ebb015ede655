import { unavailable } from "../core/failure.ts";
import type { ConsumerRecord, TopicPartition } from "../core/record.ts";
import { connectAdmin } from "./admin.ts";
import { type ClientOptions, describeKafkaError } from "./client.ts";
import { createGroupMember } from "./group_member.ts";
import type { FetchedBatch } from "./ports.ts";

/** Which part of a topic to read: for each partition from an offset up to, and without, another. */
export interface TopicRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

const LEAVE_MS = 3_000;

/**
 * Reads ranges of a topic once, in no group that anybody else uses, committing nothing. kafkajs reads only as a
 * member of a group, so one is made up, left again and deleted.
 *
 * Records of one partition come in order. The records that `onRecord` gets are its own to keep. Rejects with an
 * `unavailable` failure when Kafka cannot answer now; some records may have been told by then.
 */
export async function readTopic(
  client: ClientOptions,
  topic: string,
  ranges: readonly TopicRange[],
  onRecord: (record: ConsumerRecord) => void,
): Promise<void> {
  const left = new Map(ranges.filter(({ from, to }) => to > from).map((range) => [range.partition, range]));
  if (left.size === 0) return;
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const groupId = `orderline-reader-${crypto.randomUUID()}`;
  const member = createGroupMember({
    ...client,
    groupId,
    topic,
    offsetReset: "earliest",
    sessionTimeoutMs: 10_000,
  }, {
    admit: (batch) => Promise.resolve(take(batch)),
    skippedTo: ({ partition }, nextOffset) => endAt(partition, nextOffset),
    beforeJoin: () => Promise.resolve(),
    joined(_member, partitions) {
      for (const { partition } of partitions) {
        const range = left.get(partition);
        if (range !== undefined) member.seek({ topic, partition, offset: range.from });
      }
      rest(partitions);
    },
    starts: () => {},
    offsetLost: ({ partition }) => {
      reject(new Error(`the offsets asked for in ${topic}[${partition}] are not in the log`));
      return "stop";
    },
    heartbeat: () => {},
    crashed: fail,
  });

  /** A coordinator that is still loading, as on the first use of a new broker, is no mistake of the program. */
  function fail(error: unknown): void {
    const { retriable, message } = describeKafkaError(error);
    reject(retriable ? unavailable(`Kafka cannot read ${topic} now: ${message}`, { cause: error }) : error);
  }

  function take(batch: FetchedBatch): boolean {
    const range = left.get(batch.partition);
    if (range === undefined) return true;
    for (const record of batch.records) {
      if (record.offset >= range.from && record.offset < range.to) onRecord(record);
    }
    endAt(batch.partition, batch.nextOffset);
    return true;
  }

  function endAt(partition: number, nextOffset: number): void {
    const range = left.get(partition);
    if (range === undefined || nextOffset < range.to) return;
    left.delete(partition);
    if (left.size === 0) resolve();
  }

  /** What nobody asked for need not be fetched. */
  function rest(partitions: readonly TopicPartition[]): void {
    member.pauseExactly(partitions.filter(({ partition }) => !left.has(partition)));
  }

  try {
    member.start().catch(fail);
    await done;
  } finally {
    await member.leave(LEAVE_MS);
    await forget(client, groupId);
  }
}

async function forget(client: ClientOptions, groupId: string): Promise<void> {
  try {
    const admin = await connectAdmin(client);
    await admin.deleteGroup(groupId).finally(() => admin.close());
  } catch {
    // the broker forgets it by itself, later
  }
}
