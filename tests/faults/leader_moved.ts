import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import { ClusterWatch, createReplicatedTopic } from "../harness/cluster_watch.ts";
import type { HurtableStack, Scale } from "../harness/fault.ts";
import { OrderLoad } from "../harness/order_load.ts";
import { until } from "../harness/topics.ts";

export const brokers = 3;

const PARTITIONS = 6;
const USERS = 1_000;
const SCALES = {
  ci: { moves: 6, perSecond: 2_000, capacity: 200_000 },
  full: { moves: 200, perSecond: 4_000, capacity: 4_000_000 },
} as const;
const MAX_REST_MS = 5_000;
const PATIENCE_MS = 30_000;

/**
 * Partitions are moved from leader to leader and back while orders are under way to all of them: always to a
 * broker that has answered, since each leads other partitions. kafkajs skips a broker that has answered when it tries a
 * send again, and would acknowledge what it never sent there.
 */
export default async function (stack: HurtableStack, scale: Scale, seed: number): Promise<string> {
  const { moves, perSecond, capacity } = SCALES[scale];
  const topic = await createReplicatedTopic(stack, "leader-moved", PARTITIONS);
  const load = new OrderLoad(stack, { topic, partitions: PARTITIONS, users: USERS, seed, capacity });
  let moving = true;
  const sending = load.run(() => moving, perSecond);
  let longestMs = 0;
  try {
    await allAcknowledge(load);
    load.stalls.reset();
    await using mover = await LeaderMover.connect(stack, topic);
    for (let move = 0; move < moves; move++) {
      // Three times each: to the second broker, to the third, and back to the one that had it first.
      await mover.move(Math.floor(move / 3) % PARTITIONS);
      await allAcknowledge(load);
    }
    longestMs = load.stalls.longestMs;
  } finally {
    moving = false;
    await sending;
    await load.close(PATIENCE_MS);
  }
  const { sent, acked, repeats } = await load.verdict();
  assert.ok(sent < capacity, "inconclusive: the orders ran out before the moves");
  assert.equal(acked, sent, "orders acknowledged");
  assert.ok(longestMs <= MAX_REST_MS, `a partition rested for ${longestMs.toFixed(0)} ms`);
  return `${moves} moves under ${
    acked.toLocaleString("en-US")
  } orders: none lost, in order; ${repeats} repeated where a ` +
    `try was ambiguous; longest rest of a partition ${(longestMs / 1_000).toFixed(1)} s`;
}

async function allAcknowledge(load: OrderLoad): Promise<void> {
  const at = performance.now();
  await until("an acknowledgement of every partition", () => load.stalls.allSince(at), PATIENCE_MS);
}

/** Takes the leader of a partition out of its replicas, so that the next one leads, and puts it back as the last. */
class LeaderMover implements AsyncDisposable {
  readonly #admin: kafkajs.Admin;
  readonly #watch: ClusterWatch;
  readonly #topic: string;

  private constructor(admin: kafkajs.Admin, watch: ClusterWatch, topic: string) {
    this.#admin = admin;
    this.#watch = watch;
    this.#topic = topic;
  }

  static async connect(stack: HurtableStack, topic: string): Promise<LeaderMover> {
    const admin = new kafkajs.Kafka({ brokers: [...stack.brokers], logLevel: kafkajs.logLevel.NOTHING })
      .admin();
    await admin.connect();
    return new LeaderMover(admin, new ClusterWatch(stack, topic), topic);
  }

  /** Resolves when another broker, which leads other partitions too, is seen to lead and the replicas are complete. */
  async move(partition: number): Promise<void> {
    const { partitions } = await this.#watch.view();
    const { leader, replicas } = partitions[partition]!;
    const others = replicas.filter((broker) => broker !== leader);
    assert.equal(others.length, 2, `replicas of partition ${partition}: ${replicas}`);
    const leading = new Set(partitions.map((one) => one.leader));
    // The first of these leads next: one that has answered for another partition.
    others.sort((a, b) => Number(leading.has(b)) - Number(leading.has(a)));
    assert.ok(
      leading.has(others[0]!),
      `inconclusive: broker ${others[0]} leads nothing, so it has answered nothing`,
    );
    await this.#assign(partition, others);
    await this.#watch.untilMovedFrom(leader - 1, [partition], PATIENCE_MS);
    await this.#assign(partition, [...others, leader]);
    await this.#watch.untilInSync(PATIENCE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.disconnect();
  }

  async #assign(partition: number, replicas: number[]): Promise<void> {
    await this.#admin.alterPartitionReassignments({
      topics: [{ topic: this.#topic, partitionAssignment: [{ partition, replicas }] }],
    });
    await until(`replicas ${replicas} of partition ${partition}`, async () => {
      const now = (await this.#watch.view()).partitions[partition]!.replicas;
      return now.length === replicas.length && replicas.every((broker) => now.includes(broker));
    }, PATIENCE_MS);
  }
}
