/**
 * What kafkajs' consumer does when a join goes wrong in the middle of fetching, and what becomes of the records and of
 * the positions then; and that it moves no position by itself. Loads kafkajs, which reads the environment, so bare
 * `deno test` leaves it out.
 */
import assert from "node:assert/strict";
import type { GroupListener } from "../lib/kafka/ports.ts";

const mayRun = Deno.permissions.querySync({ name: "env" }).state === "granted";

/** Kafka's codes. */
const NOT_LEADER = 6;
const COORDINATOR_LOADING = 14;
const UNKNOWN_MEMBER = 25;
const OFFSET_METADATA_TOO_LARGE = 12;

/** Takes everything and does nothing. */
const silent: GroupListener = {
  admit: () => Promise.resolve(true),
  skippedTo: () => {},
  beforeJoin: () => Promise.resolve(),
  joined: () => {},
  starts: () => {},
  offsetLost: () => "stop",
  heartbeat: () => {},
  crashed: () => {},
};

async function world({ handle = () => Promise.resolve(), sessionTimeoutMs = 30_000 }: {
  readonly handle?: (value: string) => Promise<void>;
  readonly sessionTimeoutMs?: number;
} = {}) {
  const { playCluster, protocolError } = await import("./harness/played_cluster.ts");
  const { createGroupMember } = await import("../lib/kafka/group_member.ts");
  const { Consumer } = await import("../lib/consumer/consumer.ts");
  const { until } = await import("./harness/topics.ts");
  const cluster = playCluster();
  const handled: string[] = [];
  const options = { brokers: ["played:9092"], clientId: "joins", groupId: "joins", topic: "orders" };
  const create = (listener: Parameters<typeof createGroupMember>[1]) =>
    createGroupMember({ ...options, offsetReset: "earliest", sessionTimeoutMs }, listener);
  /** Where what is handed over begins, with the how-manieth join before it. */
  const handedOver: { readonly join: number; readonly partition: number; readonly from: number }[] = [];
  const consumer = new Consumer<string>({
    groupId: options.groupId,
    createMember: (listener) =>
      create({
        ...listener,
        admit(batch) {
          const { partition, fetchedOffset } = batch;
          handedOver.push({ join: cluster.joined.length, partition, from: fetchedOffset });
          return listener.admit(batch);
        },
      }),
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
    sessionTimeoutMs,
    backoff: { firstMs: 30_000, maxMs: 30_000, jitter: 0 },
  });
  return { cluster, consumer, handled, handedOver, create, protocolError, until };
}

Deno.test({
  name: "an answer that was asked for before a join skips nothing of what comes after it",
  ignore: !mayRun,
  async fn() {
    let first = true;
    const { cluster, consumer, handled, handedOver, protocolError, until } = await world({
      handle: (value) => {
        if (value !== "p1-2:2" || !first) return Promise.resolve();
        first = false;
        return Promise.reject(new Error("a deadlock: waits half a minute for its next try"));
      },
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
    const [next] = handedOver.filter(({ join, partition }) => join === 2 && partition === 1);
    assert.equal(next?.from, 2, "what was asked for before the join is not even handed over");
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
    const member = create(silent);
    const starting = member.start().catch((error: Error) => error.message);
    await member.leave(100);
    connected.resolve();
    assert.match(String(await starting), /told to leave/);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(cluster.joined, []);
  },
});

Deno.test({
  name: "a member that leaves while a broker comes or goes stops fetching, instead of spinning for ever",
  ignore: !mayRun,
  async fn() {
    const { cluster, create, until } = await world();
    const member = create(silent);
    const { default: Runner } = await import("kafkajs/src/consumer/runner.js");
    const fetch = Runner.prototype.fetch;
    let calls = 0;
    Runner.prototype.fetch = function (...args: unknown[]) {
      // Nothing but microtasks: without an end to it this process would never do anything else.
      if (++calls > 10_000) throw new Error("it fetches for ever");
      return fetch.apply(this, args);
    };
    try {
      const answer = Promise.withResolvers<void>();
      let waits = false;
      cluster.onAnswer = (node) => {
        if (node !== "2") return Promise.resolve();
        waits = true;
        return answer.promise;
      };
      await member.start();
      await until("the fetch of broker 2", () => waits, 10_000);
      // The other fetcher sees that there is one broker less: all are to be made anew, once broker 2 has answered.
      cluster.nodes = ["1"];
      await new Promise((resolve) => setTimeout(resolve, 300));
      const leaving = member.leave(5_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
      answer.resolve();
      await leaving;
      assert.ok(calls < 1_000, `${calls} fetches`);
      const after = calls;
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(calls, after, "it has ended");
    } finally {
      Runner.prototype.fetch = fetch;
    }
  },
});

Deno.test({
  name: "the wall clock may be set back or forward: a heartbeat comes when it is due, and no sooner",
  ignore: !mayRun,
  async fn() {
    const { cluster, create, until } = await world({ sessionTimeoutMs: 1_500 });
    const { withClockOff } = await import("./harness/wall_clock.ts");
    const member = create(silent);
    await member.start();
    await until("a heartbeat", () => cluster.heartbeats > 0, 5_000);
    for (const hours of [-1, 1]) {
      await withClockOff(hours, async () => {
        const [before, since] = [cluster.heartbeats, performance.now()];
        await until("three heartbeats", () => cluster.heartbeats >= before + 3, 10_000);
        assert.ok(performance.now() - since >= 2 * 500 - 50, "half a second apart");
      });
    }
    await member.leave(2_000);
  },
});

Deno.test({
  name: "an answer about positions that was asked for before a join does not stand in for the one after it",
  ignore: !mayRun,
  async fn() {
    const { cluster, consumer, handled, protocolError, until } = await world();
    cluster.ends[0] = cluster.ends[1] = 3;
    // One fetcher waits for its answer. The other one's broker does not lead any more: it joins, as a new member since the
    // group has given it up, and is slow to ask again.
    let asked = 0;
    cluster.onOffsetFetch = async () => {
      if (++asked > 1) return;
      await until("the second join", () => cluster.joined.length === 2, 10_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    cluster.onRefresh = () =>
      new Promise((resolve) => setTimeout(resolve, cluster.joined.length === 2 ? 200 : 0));
    let moved = false;
    cluster.onFetch = () => {
      if (moved) return;
      moved = true;
      throw protocolError(NOT_LEADER);
    };
    let refused = false;
    cluster.onJoin = (member) => {
      if (member === "" || refused) return;
      refused = true;
      throw protocolError(UNKNOWN_MEMBER);
    };
    consumer.start();
    await until("all records", () => handled.length === 6, 10_000);
    assert.deepEqual(cluster.joined, ["m1", "m2"]);
    await consumer.stop(1_000);
  },
});

Deno.test({
  name: "a broker that takes no metadata still takes the offsets",
  ignore: !mayRun,
  async fn() {
    let stuck = true;
    const { cluster, consumer, handled, protocolError, until } = await world({
      handle: async (value) => {
        while (stuck && value === "p0-1:1") await new Promise((resolve) => setTimeout(resolve, 10));
      },
    });
    let refused = 0;
    cluster.onCommit = (metadata) => {
      if (metadata.every((text) => text === "")) return;
      refused++;
      throw protocolError(OFFSET_METADATA_TOO_LARGE);
    };
    cluster.ends[0] = cluster.ends[1] = 5;
    consumer.start();
    await until("the commit before the gap", () => cluster.committed.get(0) === 1, 10_000);
    await until("the other partition's", () => cluster.committed.get(1) === 5, 10_000);
    stuck = false;
    await until("the rest", () => cluster.committed.get(0) === 5, 10_000);
    assert.equal(handled.length, 10);
    assert.equal(refused, 1, "once is enough to know");
    await consumer.stop(1_000);
  },
});

Deno.test({
  name: "kafkajs commits nothing by itself: while a record runs, no commit goes past it",
  ignore: !mayRun,
  async fn() {
    let stuck = true;
    const { cluster, consumer, handled, until } = await world({
      handle: async (value) => {
        while (stuck && value === "p0-1:1") await new Promise((resolve) => setTimeout(resolve, 10));
      },
    });
    cluster.ends[0] = 5;
    consumer.start();
    await until("the commit before the gap", () => cluster.committed.get(0) === 1, 10_000);
    cluster.ends[0] = 8;
    await until("what lies behind it", () => handled.length === 7, 10_000);
    await consumer.stop(500);
    stuck = false;
    const past = cluster.commits.filter(({ partition, offset }) => partition === 0 && offset > 1);
    assert.deepEqual(past, []);
  },
});

Deno.test({
  name: "a batch that was not taken is fetched again from where it began",
  ignore: !mayRun,
  async fn() {
    const { cluster, create, until } = await world();
    const asked: number[] = [];
    const member = create({
      admit({ partition, fetchedOffset }) {
        if (partition !== 0) return Promise.resolve(true);
        asked.push(fetchedOffset);
        cluster.ends[0]++; // there is always more, wherever it would go on
        return Promise.resolve(asked.length > 3);
      },
      skippedTo: () => {},
      beforeJoin: () => Promise.resolve(),
      joined: () => {},
      starts: () => {},
      offsetLost: () => "stop",
      heartbeat: () => {},
      crashed: () => {},
    });
    cluster.ends[0] = 5;
    await member.start();
    await until("five batches", () => asked.length >= 5, 10_000);
    await member.leave(1_000);
    assert.deepEqual(asked.slice(0, 5), [0, 0, 0, 0, 8]);
  },
});
