import kafkajs from "kafkajs";
import { systemClock } from "../core/clock.ts";
import type { ConsumerRecord, TopicPartition } from "../core/record.ts";
import { settleWithin } from "../core/settle_within.ts";
import { type ClientOptions, createClient, describeKafkaError } from "./client.ts";
import { fetchedRecords, readFetchesInOnePass } from "./fetch_response.ts";
import { commitOffsets, hookConsumerGroup } from "./group_fixes.ts";
import type { BatchRecords } from "./record_batch_reader.ts";
import type { CommitOffset, FetchedBatch, GroupListener, GroupMember } from "./ports.ts";

/** How a member behaves in its group. */
export interface GroupMemberOptions extends ClientOptions {
  readonly groupId: string;
  readonly topic: string;
  /** Where a partition begins of which the group has no commit, if it is to be read at all. */
  readonly offsetReset: "earliest" | "latest";
  /** Silence after which the group gives a member up. */
  readonly sessionTimeoutMs: number;
}

const HEARTBEAT_MS = 3_000;
/** How long the group waits for a member to join; the drain before a join must end well within it. */
const REBALANCE_TIMEOUT_MS = 60_000;
/** With every partition paused the fetcher sleeps this long between heartbeats, and a stop waits for it. */
const MAX_WAIT_MS = 500;
/** Thousands of records as it is; what is fetched beyond that only waits, and takes memory. */
const MAX_BYTES_PER_PARTITION = 128 * 1024;
const MAX_BYTES = 1024 * 1024;
const METADATA_TOO_LARGE = "OFFSET_METADATA_TOO_LARGE";

/**
 * One membership over kafkajs. `eachBatch` admits and returns, so that one slow record stops no other partition;
 * no handler runs inside kafkajs, and nothing that a handler throws can reach it.
 */
export function createGroupMember(options: GroupMemberOptions, listener: GroupListener): GroupMember {
  let cluster: object = {};
  let takesMetadata = true;
  const consumer = createClient({ ...options, requestTimeoutMs: requestTimeoutMs(options) }).consumer({
    groupId: options.groupId,
    sessionTimeout: options.sessionTimeoutMs,
    heartbeatInterval: Math.min(HEARTBEAT_MS, Math.floor(options.sessionTimeoutMs / 3)),
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    maxBytes: MAX_BYTES,
    allowAutoTopicCreation: false,
    // kafkajs' own restart never gives up, loses the pauses, and cannot be stopped once it is armed.
    retry: {
      factor: 0.2,
      multiplier: 2,
      retries: 15,
      initialRetryTime: 100,
      maxRetryTime: 3_000,
      restartOnFailure: () => Promise.resolve(false),
    },
    // An assigner is the one part of a consumer that is given its cluster, by which the hooks find it.
    partitionAssigners: [(config) => {
      cluster = config.cluster;
      readFetchesInOnePass(cluster);
      hookConsumerGroup(cluster, {
        beforeJoin: () => listener.beforeJoin(),
        joinFailed: (error) => listener.crashed(error),
        starts: (positions) => listener.starts(positions),
        offsetLost: (topic, partition) => listener.offsetLost({ topic, partition }),
      });
      return kafkajs.PartitionAssigners.roundRobin(config);
    }],
  });
  let running = false;
  let left = false;
  let starting: Promise<void> = Promise.resolve();

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    running = true;
    const partitions = payload.memberAssignment[options.topic] ?? [];
    listener.joined(payload.memberId, partitions.map((partition) => ({ topic: options.topic, partition })));
  });
  // Told as soon as kafkajs gives its consumer up, long before CRASH: from here on pausing would throw.
  consumer.on(consumer.events.STOP, () => running = false);
  consumer.on(consumer.events.HEARTBEAT, () => listener.heartbeat());
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    running = false;
    listener.crashed(payload.error);
  });
  // A batch that holds nothing but markers never reaches eachBatch; kafkajs resolves it and only tells here.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize > 0) return;
    listener.skippedTo(
      { topic: payload.topic, partition: payload.partition },
      Number(payload.lastOffset) + 1,
    );
  });

  async function join(): Promise<void> {
    await consumer.connect();
    stay();
    await consumer.subscribe({ topics: [options.topic], fromBeginning: options.offsetReset === "earliest" });
    stay();
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // One worker for each partition: a batch that waits for room keeps no other from being admitted.
      partitionsConsumedConcurrently: 64,
      eachBatch: async ({ batch, resolveOffset }) => {
        if (await listener.admit(new KafkajsBatch(batch))) resolveOffset(batch.messages.at(-1)!.offset);
      },
    });
  }

  /** A member that was told to leave while it was still connecting must not join after all. */
  function stay(): void {
    if (left) throw new Error("told to leave before it had joined");
  }

  return {
    start: () => starting = join(),
    async commit(offsets) {
      try {
        await commitOffsets(cluster, byTopic(offsets, takesMetadata));
      } catch (error) {
        if (!takesMetadata || describeKafkaError(error).code !== METADATA_TOO_LARGE) throw error;
        // The broker's offset.metadata.max.bytes is below Kafka's default. The offsets matter more.
        takesMetadata = false;
        await commitOffsets(cluster, byTopic(offsets, takesMetadata));
      }
    },
    pauseExactly(partitions) {
      if (running) pauseExactly(consumer, partitions);
    },
    seek({ topic, partition, offset }) {
      if (running) consumer.seek({ topic, partition, offset: String(offset) });
    },
    async leave(timeoutMs) {
      running = false;
      left = true;
      // Never before it has joined: a member that hangs up in its first join never leaves, and one that is still
      // connecting would join later, with nobody to tell it to go.
      const gone = starting.catch(() => {}).then(() => consumer.disconnect());
      await settleWithin(gone, timeoutMs, systemClock);
    },
  };
}

/** A heartbeat whose answer is lost must be sent again well before the watchdog, at half the session, gives the member up. */
function requestTimeoutMs({ requestTimeoutMs, sessionTimeoutMs }: GroupMemberOptions): number {
  return requestTimeoutMs ?? Math.min(10_000, Math.max(3_000, sessionTimeoutMs / 3));
}

/** Partition by partition: pausing by topic would let a later partition pause resume the rest. */
function pauseExactly(consumer: kafkajs.Consumer, partitions: readonly TopicPartition[]): void {
  const wanted = new Set(partitions.map(({ topic, partition }) => `${topic}/${partition}`));
  for (const { topic, partitions: paused } of consumer.paused()) {
    for (const partition of paused) {
      if (!wanted.has(`${topic}/${partition}`)) consumer.resume([{ topic, partitions: [partition] }]);
    }
  }
  for (const { topic, partition } of partitions) consumer.pause([{ topic, partitions: [partition] }]);
}

/** A class, since a getter in an object literal would keep the bytes of every fetch until the next full collection. */
class KafkajsBatch implements FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: number;
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly #fetched: BatchRecords;

  constructor(batch: kafkajs.Batch) {
    this.#fetched = fetchedRecords(batch);
    this.topic = batch.topic;
    this.partition = batch.partition;
    this.fetchedOffset = Number((batch as unknown as { fetchedOffset: string }).fetchedOffset); // not in kafkajs' types
    this.nextOffset = this.#fetched.nextOffset;
    this.highWatermark = Number(batch.highWatermark);
  }

  /** A broker sends whole batches: the first may begin before what was asked for. */
  get records(): readonly ConsumerRecord[] {
    return this.#fetched.read(this.fetchedOffset);
  }
}

/** kafkajs' types do not know of the metadata, but it writes it. */
interface PartitionCommit extends kafkajs.PartitionOffset {
  readonly metadata: string;
}

function byTopic(
  offsets: readonly CommitOffset[],
  withMetadata: boolean,
): { topic: string; partitions: PartitionCommit[] }[] {
  const topics = Map.groupBy(offsets, ({ topic }) => topic);
  return [...topics].map(([topic, positions]) => ({
    topic,
    partitions: positions.map(({ partition, offset, metadata }) => ({
      partition,
      offset: String(offset),
      metadata: withMetadata ? metadata : "",
    })),
  }));
}
