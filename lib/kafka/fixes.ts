import Connection from "kafkajs/src/network/connection.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import ConsumerGroup from "kafkajs/src/consumer/consumerGroup.js";
import Runner from "kafkajs/src/consumer/runner.js";
import manifest from "kafkajs/package.json" with { type: "json" };

/**
 * Mends what kafkajs 2.2.4 does wrong with connections, and opens the two places of its consumer that have no
 * hook. kafkajs is not maintained (see docs/adr/0002); everything here is written against exactly this version
 * and refuses to run against another.
 */
const VERSION = "2.2.4";

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
let applied = false;

/** Ties hooks to the consumer whose cluster this is. */
export function hookConsumerGroup(cluster: object, hooks: GroupHooks): void {
  hooksByCluster.set(cluster, hooks);
}

/** Applies every fix, once per process. Throws when kafkajs is not the version they were written for. */
export function applyKafkajsFixes(): void {
  if (applied) return;
  if (manifest.version !== VERSION) {
    throw new Error(
      `lib/kafka/fixes.ts is written for kafkajs ${VERSION}, but ${manifest.version} is installed; ` +
        "pin the old version, or read each fix against the new source",
    );
  }
  applied = true;
  letIdleConnectionsRest();
  startEveryConnectionClean();
  connectOnce();
  openConsumerGroup();
  dropAnswersOfThePast();
}

// deno-lint-ignore no-explicit-any -- kafkajs' inner modules carry no types
type Inner = any;

/**
 * After every answer kafkajs arms a timer for pending requests even if there are none, and the timer arms itself
 * again: about 700 wake-ups a second for each idle connection, for ever, and a TimeoutNegativeWarning.
 */
function letIdleConnectionsRest(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: Inner) {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId) return;
    const delayMs = Math.max(this.throttledUntil - Date.now(), 10);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, delayMs);
  };
}

/**
 * A connection that was reset in the middle of an answer keeps the half answer. On the new socket the next answer
 * is appended to it, and every request from then on times out.
 */
function startEveryConnectionClean(): void {
  const connect = Connection.prototype.connect;
  Connection.prototype.connect = function (this: Inner) {
    if (!this.isConnected()) {
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = 4; // the size that stands in front of every answer
    }
    return connect.call(this);
  };
}

/** Concurrent requests on a dropped connection each open a socket; all but the last leak, open, for ever. */
function connectOnce(): void {
  const connect = Connection.prototype.connect;
  const connecting = new WeakMap<object, Promise<unknown>>();
  Connection.prototype.connect = function (this: Inner) {
    const running = connecting.get(this);
    if (running) return running;
    const started = Promise.resolve(connect.call(this)).finally(() => connecting.delete(this));
    connecting.set(this, started);
    return started;
  };
}

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
