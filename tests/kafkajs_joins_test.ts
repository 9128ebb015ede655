/**
 * What kafkajs' consumer does when a join goes wrong in the middle of fetching, and what becomes of the records then. Loads
 * kafkajs, which reads the environment, so bare `deno test` leaves it out.
 */
import assert from "node:assert/strict";

const mayRun = Deno.permissions.querySync({ name: "env" }).state === "granted";

/** Kafka's codes. */
const NOT_LEADER = 6;
const COORDINATOR_LOADING = 14;
const UNKNOWN_MEMBER = 25;

async function world(handle: (value: string) => Promise<void> = () => Promise.resolve()) {
  const { playCluster, protocolError } = await import("./harness/played_cluster.ts");
  const { createGroupMember } = await import("../lib/kafka/group_member.ts");
  const { Consumer } = await import("../lib/consumer/consumer.ts");
  const { until } = await import("./harness/topics.ts");
  const cluster = playCluster();
  const handled: string[] = [];
  const options = { brokers: ["played:9092"], clientId: "joins", groupId: "joins", topic: "orders" };
  const create = (listener: Parameters<typeof createGroupMember>[1]) =>
    createGroupMember({ ...options, offsetReset: "earliest", sessionTimeoutMs: 30_000 }, listener);
  const consumer = new Consumer<string>({
    groupId: options.groupId,
    createMember: create,
    decode: (value) => new TextDecoder().decode(value),
    keyOf: (value) => value.split(":")[0]!,
    handle: async ({ value }) => {
      await handle(value);
      handled.push(value);
    },
    deadLetters: {
      topic: "dlq",
      partitions: 1,
      send: () => Promise.reject(new Error("nothing may be dead-lettered")),
    },
    sessionTimeoutMs: 30_000,
    backoff: { firstMs: 30_000, maxMs: 30_000, jitter: 0 },
  });
  return { cluster, consumer, handled, create, protocolError, until };
}

Deno.test({
  name: "an answer that was asked for before a join skips nothing of what comes after it",
  ignore: !mayRun,
  async fn() {
    let first = true;
    const { cluster, consumer, handled, protocolError, until } = await world((value) => {
      if (value !== "p1-2:2" || !first) return Promise.resolve();
      first = false;
      return Promise.reject(new Error("a deadlock: waits half a minute for its next try"));
    });
    cluster.ends[1] = 5;
    consumer.start();
    await until("the first five", () => handled.length === 4, 10_000);
    // Broker 2 has an answer ready and keeps it. Broker 1 says that it no longer leads: its fetcher joins, while that of
    // broker 2 still waits. The group has given this member up, so everything begins anew from what is committed. Then
    // broker 2 gives its answer, which begins three records further on.
    let asked = false;
    cluster.onAnswer = async (node, records) => {
      if (node !== "2" || asked || records === 0) return;
      asked = true;
      await until("the second join", () => cluster.joined.length === 2, 10_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
    };
    let moved = false;
    let refused = false;
    cluster.onFetch = (node) => {
      if (node !== "1" || moved || !asked) return;
      moved = true;
      throw protocolError(NOT_LEADER);
    };
    cluster.onJoin = () => {
      if (refused) return;
      refused = true;
      throw protocolError(UNKNOWN_MEMBER);
    };
    cluster.ends[1] = 8;
    await until("the record that waited", () => handled.includes("p1-2:2"), 15_000);
    await until("the rest", () => handled.includes("p1-7:7"), 10_000);
    assert.deepEqual(cluster.joined, ["m1", "m2"]);
    await consumer.stop(1_000);
    assert.equal(cluster.committed.get(1), 8);
  },
});

Deno.test({
  name: "a join that fails inside a fetch replaces the member, instead of fetching for nobody",
  ignore: !mayRun,
  async fn() {
    const { cluster, consumer, handled, protocolError, until } = await world();
    cluster.ends[0] = cluster.ends[1] = 5;
    consumer.start();
    await until("the first ten", () => handled.length === 10, 10_000);
    let moved = false;
    let refused = false;
    cluster.onFetch = (node) => {
      if (node !== "1" || moved) return;
      moved = true;
      throw protocolError(NOT_LEADER);
    };
    cluster.onJoin = () => {
      if (refused || !moved) return;
      refused = true;
      throw protocolError(COORDINATOR_LOADING);
    };
    cluster.ends[0] = cluster.ends[1] = 10;
    await until("the next ten", () => handled.length === 20, 15_000);
    assert.equal(refused, true, "the join was seen to fail");
    await consumer.stop(1_000);
  },
});

Deno.test({
  name: "a member that is told to leave while it connects does not join afterwards",
  ignore: !mayRun,
  async fn() {
    const { cluster, create } = await world();
    const connected = Promise.withResolvers<void>();
    cluster.onConnect = () => connected.promise;
    const member = create({
      admit: () => Promise.resolve(true),
      skippedTo: () => {},
      beforeJoin: () => Promise.resolve(),
      joined: () => {},
      starts: () => {},
      offsetLost: () => "stop",
      heartbeat: () => {},
      crashed: () => {},
    });
    const starting = member.start().catch((error: Error) => error.message);
    await member.leave(100);
    connected.resolve();
    assert.match(String(await starting), /told to leave/);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(cluster.joined, []);
  },
});
