import ConsumerGroup from "kafkajs/src/consumer/consumerGroup.js";
import OffsetManager from "kafkajs/src/consumer/offsetManager/index.js";
import Runner from "kafkajs/src/consumer/runner.js";
import { systemClock } from "../core/clock.ts";
import type { StartPosition } from "./ports.ts";

/** What the hooks of one consumer group do. They are found by the `cluster` object that belongs to that consumer alone. */
export interface GroupHooks {
  /** Runs, and is waited for, before every JoinGroup: of the first join, of a rebalance, of any recovery. */
  beforeJoin(): Promise<void>;
  /**
   * A join failed for good. kafkajs would go on fetching without having joined, where the join was begun from inside a
   * fetch (a leader moved): nothing it fetches is taken, and nobody notices.
   */
  joinFailed(error: unknown): void;
  /** Where the partitions of the last join begin, before the first fetch of any of them. */
  starts(positions: readonly StartPosition[]): void;
  /** Runs instead of kafkajs' silent jump to the start or the end of the partition; `reset` lets it jump. */
  offsetLost(topic: string, partition: number): "stop" | "reset";
}

// deno-lint-ignore no-explicit-any -- kafkajs' inner modules carry no types
type Inner = any;

const hooksByCluster = new WeakMap<object, GroupHooks>();
/** The consumer group of a cluster, as soon as it has begun to join. */
const groupByCluster = new WeakMap<object, Inner>();

/** Ties hooks to the consumer whose cluster this is. */
export function hookConsumerGroup(cluster: object, hooks: GroupHooks): void {
  hooksByCluster.set(cluster, hooks);
}

/**
 * Commits through the group itself. `consumer.commitOffsets` does nothing during a stop and kills the consumer after a
 * rebalance; what a batch is given to commit with is this, but there is no batch while nothing was fetched.
 */
export async function commitOffsets(cluster: object, topics: readonly object[]): Promise<void> {
  const group = groupByCluster.get(cluster);
  if (!group?.offsetManager) throw new Error("not in the group yet, so there is nobody to commit");
  await group.commitOffsets({ topics });
}

/** Opens the three places of kafkajs' consumer that have no hook, and mends what goes wrong around its fetching. */
export function fixConsumerGroups(): void {
  openConsumerGroup();
  openStartPositions();
  dropAnswersOfThePast();
  endFetchingWithItsConsumer();
  heartbeatByMonotonicTime();
}

function openConsumerGroup(): void {
  const join = ConsumerGroup.prototype.joinAndSync;
  ConsumerGroup.prototype.joinAndSync = async function (this: Inner) {
    const hooks = hooksByCluster.get(this.cluster);
    groupByCluster.set(this.cluster, this);
    await hooks?.beforeJoin();
    try {
      return await join.call(this);
    } catch (error) {
      hooks?.joinFailed(error);
      throw error;
    }
  };
  const recover = ConsumerGroup.prototype.recoverFromOffsetOutOfRange;
  ConsumerGroup.prototype.recoverFromOffsetOutOfRange = async function (this: Inner, error: Inner) {
    const hooks = hooksByCluster.get(this.cluster);
    if (hooks === undefined) return recover.call(this, error);
    const { topic, partition } = error;
    // Left unresolved the position is asked for again; the listener has paused the partition by then.
    if (hooks.offsetLost(topic, partition) === "stop") return;
    const offset = await resetOffset(this, topic, partition);
    hooks.starts([{ topic, partition, offset, metadata: undefined }]);
    this.seek({ topic, partition, offset: String(offset) });
  };
}

/** kafkajs' own way commits "-1" or "-2" for it, and then has the group without a position. */
async function resetOffset(group: Inner, topic: string, partition: number): Promise<number> {
  const [answer] = await group.cluster.fetchTopicsOffset([
    { topic, partitions: [{ partition }], ...group.topicConfigurations[topic] },
  ]);
  return Number(answer.partitions[0].offset);
}

/**
 * After a join kafkajs asks the group for its offsets, drops the metadata that comes with them, and does not tell which
 * partitions had none. Both are heard here, in the answer that it gets anyway.
 *
 * All memberships of a consumer keep what was answered in one map. An answer that was asked for before a join and comes
 * after it would fill it with the past, and the new membership would not ask at all; so each answer goes into a map of
 * its own first.
 */
function openStartPositions(): void {
  const resolve = OffsetManager.prototype.resolveOffsets;
  OffsetManager.prototype.resolveOffsets = async function (this: Inner) {
    const committed = Object.fromEntries(
      Object.entries<object>(this.committedOffsets()).map(([topic, offsets]) => [topic, { ...offsets }]),
    ) as Inner;
    const answers: Inner[] = [];
    const apart = Object.create(this, {
      committedOffsets: { value: () => committed },
      getCoordinator: {
        value: async () => {
          const coordinator = await this.getCoordinator();
          return {
            offsetFetch: async (request: Inner) => {
              const answer = await coordinator.offsetFetch(request);
              answers.push(...answer.responses);
              return answer;
            },
          };
        },
      },
    });
    await resolve.call(apart);
    if (groupByCluster.get(this.cluster)?.offsetManager !== this) return;
    const starts = answers.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset, metadata }: Inner): StartPosition => {
        // Every fetcher asks; meanwhile the first one's answer may have been read and committed on from.
        this.committedOffsets()[topic][partition] ??= committed[topic][partition];
        return {
          topic,
          partition,
          offset: Number(committed[topic][partition]),
          metadata: Number(offset) < 0 ? undefined : metadata ?? "",
        };
      })
    );
    if (starts.length > 0) hooksByCluster.get(this.cluster)?.starts(starts);
  };
}

/**
 * A leader that moves makes one fetcher join the group while the others go on. An answer that was asked for before the
 * join and arrives after it begins at a position of the past: taken as the first of a new ownership, it would skip
 * whatever had not been finished, and commit past it. The offset manager is new with every join and tells them apart.
 */
function dropAnswersOfThePast(): void {
  const askedUnder = new WeakMap<object, { readonly group: Inner; readonly offsets: unknown }>();
  const fetch = ConsumerGroup.prototype.fetch;
  ConsumerGroup.prototype.fetch = async function (this: Inner, ...args: unknown[]) {
    const offsets = this.offsetManager;
    const batches = await fetch.apply(this, args);
    if (this.offsetManager !== offsets) return [];
    for (const batch of batches) askedUnder.set(batch, { group: this, offsets });
    return batches;
  };
  const handleBatch = Runner.prototype.handleBatch;
  Runner.prototype.handleBatch = function (this: Inner, batch: Inner) {
    const asked = askedUnder.get(batch);
    const past = asked !== undefined && asked.group.offsetManager !== asked.offsets;
    return past ? Promise.resolve() : handleBatch.call(this, batch);
  };
}

/**
 * A fetcher of a consumer that has stopped is given nothing, at once, and asks again. Where brokers come or go while the
 * consumer stops, kafkajs makes new fetchers after it has told the old ones to end: nobody ends them, and since they wait
 * for nothing, nothing else of the process would ever run again.
 */
function endFetchingWithItsConsumer(): void {
  const fetch = Runner.prototype.fetch;
  Runner.prototype.fetch = function (this: Inner, nodeId: string) {
    return this.running ? fetch.call(this, nodeId) : Promise.reject(new Error("the consumer has stopped"));
  };
}

/**
 * kafkajs asks the wall clock whether a heartbeat is due: set back an hour, none would be sent for an hour, and the group
 * gives the member up.
 */
function heartbeatByMonotonicTime(): void {
  const beatAt = new WeakMap<object, number>();
  const heartbeat = ConsumerGroup.prototype.heartbeat;
  ConsumerGroup.prototype.heartbeat = async function (this: Inner, options: { readonly interval: number }) {
    const now = systemClock.monotonic();
    if (!beatAt.has(this)) beatAt.set(this, now);
    this.lastRequest = now - beatAt.get(this)! >= options.interval ? -Infinity : Infinity;
    await heartbeat.call(this, options);
    if (Number.isFinite(this.lastRequest)) beatAt.set(this, now); // it was sent and answered
  };
}
