import type { ConsumerRecord, ProducerRecord, TopicPartition } from "../core/record.ts";

/**
 * What the rest of the library needs of a Kafka client. `lib/kafka/` fulfils these over kafkajs; nothing above
 * this file knows which client it is.
 */

/** A topic as it should be. */
export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
  /** Kafka's own names and values, such as `retention.ms`. */
  readonly config: Readonly<Record<string, string>>;
}

/** A topic as it is. */
export interface TopicState {
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
}

/** How far a group is behind in one partition. */
export interface PartitionLag {
  readonly partition: number;
  /** The first offset that the log still holds. */
  readonly start: number;
  /** The offset that the next record will get. */
  readonly end: number;
  /** The next offset the group will read, or undefined when it never committed. */
  readonly committed: number | undefined;
  /** Records not yet finished by the group; all that the log holds where it never committed. */
  readonly lag: number;
}

/** Questions about a cluster, and the creation of topics. Every method rejects with an `unavailable` failure when no broker answers. */
export interface Admin {
  /** How many brokers the cluster has, now. */
  brokerCount(): Promise<number>;
  /** The topics of these that exist. */
  topics(names: readonly string[]): Promise<Map<string, TopicState>>;
  /** Creates the topic; `false` when it was there. */
  createTopic(plan: TopicPlan): Promise<boolean>;
  /** The values of these settings of a topic. */
  topicConfig(topic: string, names: readonly string[]): Promise<Record<string, string>>;
  deleteTopic(topic: string): Promise<void>;
  /** Forgets a group and its commits; it must have no members. A group that is not there is fine. */
  deleteGroup(groupId: string): Promise<void>;
  /** The first offset that each partition holds, and the one its next record will get. */
  bounds(
    topic: string,
  ): Promise<readonly { readonly partition: number; readonly start: number; readonly end: number }[]>;
  /** Committed offsets are asked for before the ends, so that a lag is never negative. */
  lag(groupId: string, topic: string): Promise<readonly PartitionLag[]>;
  close(): Promise<void>;
}

/** Records of one partition as one fetch brought them, lowest offset first. */
export interface FetchedBatch extends TopicPartition {
  /** The offset that was asked for. It equals the last batch's `nextOffset`, unless the position was moved. */
  readonly fetchedOffset: number;
  /** Where reading goes on: past the last record, and past what the log holds that is no record. */
  readonly nextOffset: number;
  /** The partition's end as the broker knew it: the offset that the next record written will get. */
  readonly highWatermark: number;
  /** Made when they are asked for: ask once, and not before there is room for them. Throws when they cannot be read. */
  readonly records: readonly ConsumerRecord[];
}

/** A position: the next offset to read. */
export interface Position extends TopicPartition {
  readonly offset: number;
}

/** A position to commit. */
export interface CommitOffset extends Position {
  /** A text that travels with the offset and is given to whoever reads on from it; at most 4,096 bytes. */
  readonly metadata: string;
}

/** Where reading begins after a join. */
export interface StartPosition extends Position {
  /** What the commit carried, if the group has one; `undefined` when it has none, and the offset is the reset's choice. */
  readonly metadata: string | undefined;
}

/**
 * Why a position is lost: the group has no commit where it had one, or the log does not hold the offset any more
 * (retention has passed it, or the topic was made anew).
 */
export type OffsetLoss = "no-commit" | "out-of-range";

/** What a member of a group is told. Nothing thrown here may reach the client, so nothing here may throw. */
export interface GroupListener {
  /** Takes a batch in. `false`: it could not be taken, and will be fetched again. */
  admit(batch: FetchedBatch): Promise<boolean>;
  /** Reading moved on to `nextOffset` over something that holds no records. */
  skippedTo(partition: TopicPartition, nextOffset: number): unknown;
  /** The last moment in which commits of the present generation count. The join waits for it. */
  beforeJoin(): Promise<void>;
  /** Joined, with these partitions. `member` changes when the group had given us up. */
  joined(member: string, partitions: readonly TopicPartition[]): void;
  /** Where partitions of the last join begin; told before anything is fetched from them. */
  starts(positions: readonly StartPosition[]): unknown;
  /**
   * The log does not hold the position any more. `stop`: nothing is read there again, since going on elsewhere would
   * skip or repeat silently; `reset`: begin where `offsetReset` says, and tell of it through `starts`.
   */
  offsetLost(partition: TopicPartition): "stop" | "reset";
  /** The group has heard from us. */
  heartbeat(): unknown;
  /** This member is over and will not come back by itself. */
  crashed(error: unknown): void;
}

/** One membership in a consumer group, from joining to leaving. Never restarted: build a new one. */
export interface GroupMember {
  start(): Promise<void>;
  /** Works after `stop` has begun, too, which kafkajs' own `commitOffsets` does not. */
  commit(offsets: readonly CommitOffset[]): Promise<void>;
  /** Fetching of exactly these partitions rests; every other partition is fetched. */
  pauseExactly(partitions: readonly TopicPartition[]): void;
  seek(position: Position): void;
  /** Leaves the group and closes the connections; gives up waiting, but not leaving, after `timeoutMs`. */
  leave(timeoutMs: number): Promise<void>;
}

/** Why a batch was not acknowledged. */
export interface SendRefusal {
  /** True when it is certain that nothing of it was written. */
  readonly definite: boolean;
  /** Kafka's name of the error, such as `MESSAGE_TOO_LARGE`, or `UNKNOWN`. */
  readonly code: string;
  readonly message: string;
  /** Whether sending the same again may succeed. */
  readonly retriable: boolean;
}

/** One idempotent producer: one producer id, one set of sequence numbers. */
export interface ProducerSession {
  /**
   * Writes one batch to one partition and resolves with the offset of its first record, or with the refusal.
   * Never more than one unfinished send per partition. After a refusal the session must not be used for that
   * partition again: its sequence numbers may have parted from the broker's.
   */
  send(partition: TopicPartition, records: readonly ProducerRecord[]): Promise<number | SendRefusal>;
  /** Makes unfinished sends settle without one more try: all of them, or the one to this partition. */
  cancel(partition?: TopicPartition): void;
  /** Closes the connections. Only after every send has settled: a pending one would reconnect and write. */
  close(timeoutMs: number): Promise<void>;
}

/** Is told how many partitions the cluster says a topic has, at the first sight and whenever it is another number. */
export type OnPartitionCount = (topic: string, count: number) => void;

/** Connects a new session, with a new producer id. Rejects when no broker answers. */
export type OpenProducerSession = (onPartitionCount: OnPartitionCount) => Promise<ProducerSession>;
