import ConsumerGroup from "kafkajs/src/consumer/consumerGroup.js";
import Runner from "kafkajs/src/consumer/runner.js";

/** What the hooks of one consumer group do. They are found by the `cluster` object that belongs to that consumer alone. */
export interface GroupHooks {
  /** Runs, and is waited for, before every JoinGroup: of the first join, of a rebalance, of any recovery. */
  beforeJoin(): Promise<void>;
  /**
   * A join failed for good. kafkajs would go on fetching without having joined, where the join was begun from inside a
   * fetch (a leader moved): nothing it fetches is taken, and nobody notices.
   */
  joinFailed(error: unknown): void;
  /** Runs instead of kafkajs' silent jump to the start or the end of the partition. */
  offsetLost(topic: string, partition: number): void;
}

const hooksByCluster = new WeakMap<object, GroupHooks>();

/** Ties hooks to the consumer whose cluster this is. */
export function hookConsumerGroup(cluster: object, hooks: GroupHooks): void {
  hooksByCluster.set(cluster, hooks);
}

/** Opens the two places of kafkajs' consumer that have no hook, and drops what it fetched before a join. */
export function fixConsumerGroups(): void {
  openConsumerGroup();
  dropAnswersOfThePast();
}

// deno-lint-ignore no-explicit-any -- kafkajs' inner modules carry no types
type Inner = any;

function openConsumerGroup(): void {
  const join = ConsumerGroup.prototype.joinAndSync;
  ConsumerGroup.prototype.joinAndSync = async function (this: Inner) {
    const hooks = hooksByCluster.get(this.cluster);
    await hooks?.beforeJoin();
    try {
      return await join.call(this);
    } catch (error) {
      hooks?.joinFailed(error);
      throw error;
    }
  };
  const recover = ConsumerGroup.prototype.recoverFromOffsetOutOfRange;
  ConsumerGroup.prototype.recoverFromOffsetOutOfRange = function (this: Inner, error: Inner) {
    const hooks = hooksByCluster.get(this.cluster);
    if (hooks === undefined) return recover.call(this, error);
    hooks.offsetLost(error.topic, error.partition);
    // Left unresolved the position is asked for again; the listener has stopped the consumer by then.
    return Promise.resolve();
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
