import assert from "node:assert/strict";
import { permanent, unavailable } from "../core/failure.ts";
import type { ConsumerRecord, ProducerRecord } from "../core/record.ts";
import { settle } from "../testing/test_clock.ts";
import { decodeCommitMetadata } from "./commit_metadata.ts";
import { byHand, consumer, seconds, start, uncommitted } from "./played_consumer.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

Deno.test("a batch is admitted at once, however long its handlers take", async () => {
  const { handle, started } = byHand();
  const { join, member } = consumer({ handle });
  await join("m1", [0]);
  assert.equal(await member().fetch(0, ["alice:0", "bob:0"]), true);
  await settle();
  assert.deepEqual(started, ["alice:0", "bob:0"]);
});

Deno.test("one user's records run one after the other, other users do not wait", async () => {
  const { handle, started, running } = byHand();
  const { join, member } = consumer({ handle });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0", "alice:1", "bob:0"]);
  await settle();
  assert.deepEqual(started, ["alice:0", "bob:0"]);
  running.get("alice:0")!.resolve();
  await settle();
  assert.deepEqual(started, ["alice:0", "bob:0", "alice:1"]);
});

Deno.test("only the finished prefix is committed", async () => {
  const { handle, running } = byHand();
  const { join, member, clock, starts } = consumer({ handle });
  starts.set(0, start(0, 10));
  await join("m1", [0]);
  await member().fetch(10, ["alice:0", "bob:0", "carol:0"]);
  await settle();
  running.get("bob:0")!.resolve();
  await clock.advance(1_000);
  assert.deepEqual(member().commits.flat().map(({ offset }) => offset), [10]);
  running.get("alice:0")!.resolve();
  await clock.advance(1_000);
  assert.deepEqual(member().commits.flat().map(({ offset }) => offset), [10, 12]);
});

Deno.test("what is finished beyond a gap travels with the commit, and the next owner does not repeat it", async () => {
  const { handle, running } = byHand();
  const before = consumer({ handle });
  await before.join("m1", [0]);
  await before.member().fetch(0, ["alice:0", "bob:0", "carol:0", "alice:1"]);
  await settle();
  running.get("bob:0")!.resolve();
  await before.clock.advance(1_000);
  running.get("carol:0")!.resolve();
  const stopping = before.consumer.stop(1_000);
  await before.clock.advance(1_000);
  await stopping;
  const { offset, metadata } = before.member().commits.flat().at(-1)!;
  assert.equal(offset, 0);

  const after = consumer();
  after.starts.set(0, start(0, offset, metadata));
  await after.join("m1", [0]);
  await after.member().fetch(0, ["alice:0", "bob:0"]);
  await settle();
  // Restarted again before carol's record was even read: nobody forgets that it is finished.
  const joining = after.join("m1", []);
  await after.clock.advance(1_000);
  await joining;
  const again = after.member().commits.flat().at(-1)!;
  assert.deepEqual([again.offset, decodeCommitMetadata(again.metadata, again.offset).finished], [2, [2]]);
  assert.deepEqual(after.handled, ["alice:0"]);
});

Deno.test("a partition of which the group has no commit is committed where it begins", async () => {
  const { join, member, clock, starts } = consumer();
  starts.set(0, uncommitted(0, 500));
  starts.set(1, start(1, 7));
  await join("m1", [0, 1]);
  await clock.advance(1_000);
  assert.deepEqual(member().commits.flat(), [{ topic: "orders", partition: 0, offset: 500, metadata: "" }]);
});

Deno.test("a record that fails holds its own lane only, and its dead letter finishes it", async () => {
  const handled: string[] = [];
  const { join, member, clock, letters } = consumer({
    handle: ({ value }) => {
      if (value === "alice:0") return Promise.reject(new Error("broken"));
      return Promise.resolve(void handled.push(value));
    },
  });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0", "bob:0", "alice:1"]);
  await clock.advance(0);
  assert.deepEqual(handled, ["bob:0"]);
  await clock.advance(3_000);
  assert.deepEqual(handled, ["bob:0", "alice:1"]);
  await clock.advance(1_000);
  assert.equal(letters.length, 1);
  assert.equal(text.decode(letters[0]!.value!), "alice:0");
  assert.equal(member().commits.flat().at(-1)!.offset, 3);
});

Deno.test("a refused commit is sent again, with the same or a higher offset", async () => {
  const { join, member, clock } = consumer();
  await join("m1", [0]);
  member().refuseCommits = true;
  await member().fetch(0, ["alice:0"]);
  await clock.advance(1_000);
  member().refuseCommits = false;
  await clock.advance(1_000);
  assert.deepEqual(member().commits.flat().map(({ offset }) => offset), [1]);
});

Deno.test("a partition that stays ours through a rebalance keeps what runs and skips what is redelivered", async () => {
  const { handle, started, running } = byHand();
  const { join, member, clock } = consumer({ handle });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0", "bob:0"]);
  await settle();
  running.get("bob:0")!.resolve();
  const joining = join("m1", [0, 1]);
  await clock.advance(5_000);
  await joining;
  assert.equal(running.get("alice:0")!.signal.aborted, false);
  await member().fetch(0, ["alice:0", "bob:0", "carol:0"]);
  await settle();
  assert.deepEqual(started, ["alice:0", "bob:0", "carol:0"]);
});

Deno.test("a partition that is lost aborts what runs, and its result goes nowhere", async () => {
  const { handle, running } = byHand();
  const told: number[] = [];
  const { join, member, clock } = consumer({
    handle,
    events: { finished: ({ offset }) => told.push(offset) },
  });
  await join("m1", [0, 1]);
  await member().fetch(0, ["alice:0"]);
  await settle();
  const joining = join("m1", [1]);
  await clock.advance(5_000);
  await joining;
  assert.equal(running.get("alice:0")!.signal.aborted, true);
  running.get("alice:0")!.resolve();
  await clock.advance(1_000);
  assert.deepEqual(member().commits, []);
  assert.deepEqual(told, [], "the next owner will tell of it");
});

Deno.test("a member that the group had given up begins anew, for somebody else may have had its partitions", async () => {
  const { handle, started, running } = byHand();
  const { join, member, clock } = consumer({ handle });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0"]);
  await settle();
  const joining = join("m2", [0]);
  await clock.advance(5_000);
  await joining;
  assert.equal(running.get("alice:0")!.signal.aborted, true);
  await member().fetch(0, ["alice:0", "bob:0", "alice:1"]);
  await settle();
  assert.deepEqual(
    started,
    ["alice:0", "bob:0"],
    "never a second attempt beside the first, which has not settled",
  );
  running.get("alice:0")!.reject(new Error("aborted"));
  await settle();
  assert.deepEqual(started, ["alice:0", "bob:0", "alice:0"]);
  running.get("alice:0")!.resolve();
  await settle();
  assert.deepEqual(started, ["alice:0", "bob:0", "alice:0", "alice:1"]);
});

Deno.test("a key stays frozen however often its partition goes and comes while its handler has not settled", async () => {
  const { handle, started, running } = byHand();
  const { join, member, clock } = consumer({ handle });
  for (const id of ["m1", "m2", "m3", "m4"]) {
    const joining = join(id, [0]);
    await clock.advance(5_000);
    await joining;
    if (id !== "m2") await member().fetch(0, ["alice:0"]);
    await settle();
  }
  assert.deepEqual(started, ["alice:0"]);
  running.get("alice:0")!.resolve();
  await settle();
  assert.deepEqual(started, ["alice:0", "alice:0"], "once more, for the last owner");
});

Deno.test("what runs is finished and committed before the join", async () => {
  const { handle, running } = byHand();
  const { join, member, clock } = consumer({ handle });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0"]);
  await settle();
  const joining = join("m1", []);
  await clock.advance(1_000);
  running.get("alice:0")!.resolve();
  await clock.advance(0);
  await joining;
  assert.deepEqual(member().commits.flat().map(({ offset }) => offset), [1]);
});

Deno.test("while joining nothing is taken, and what was fetched comes again", async () => {
  const { handle } = byHand();
  const { join, member, clock } = consumer({ handle });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0"]);
  const joining = join("m1", [0]);
  await settle();
  const refused = member().fetch(1, ["bob:0"]);
  await clock.advance(5_000);
  assert.equal(await refused, false);
  await joining;
  assert.equal(await member().fetch(1, ["bob:0"]), true);
});

Deno.test("with no room a partition is paused after a second, and resumed when half is done", async () => {
  const { handle, running } = byHand();
  const { join, member, clock } = consumer({ handle, maxInFlight: 2 });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0", "bob:0"]);
  const second = member().fetch(2, ["carol:0"]);
  await clock.advance(1_000);
  assert.equal(await second, false);
  assert.deepEqual(member().paused.map(({ partition }) => partition), [0]);
  running.get("alice:0")!.resolve();
  await settle();
  assert.deepEqual(member().paused, []);
  assert.equal(await member().fetch(2, ["carol:0"]), true);
});

Deno.test("one slow record holds its partition before its metadata overflows, and no other partition", async () => {
  const { handle, running } = byHand();
  const world = consumer({
    handle: (message, context) => message.value === "slow:0" ? handle(message, context) : Promise.resolve(),
  });
  await world.join("m1", [0, 1]);
  await world.member().fetch(0, ["slow:0"]);
  let next = 1;
  const fetchOn = async () => {
    const took = await world.member().fetch(
      next,
      Array.from({ length: 1_000 }, (_, at) => `u-${next + at}:0`),
    );
    if (took) next += 1_000;
    await settle();
    return took;
  };
  while (next < 17_001) assert.equal(await fetchOn(), true);
  assert.equal(await fetchOn(), false);
  assert.deepEqual(world.member().paused.map(({ partition }) => partition), [0]);
  assert.equal(await world.member().fetch(0, ["bob:0"], { partition: 1 }), true);
  running.get("slow:0")!.resolve();
  await settle();
  assert.deepEqual(world.member().paused, []);
  assert.equal(await fetchOn(), true);
});

Deno.test("a position that jumped ahead is not believed: reading goes back", async () => {
  const { join, member } = consumer();
  await join("m1", [0]);
  await member().fetch(0, ["alice:0"]);
  assert.equal(await member().fetch(500, ["bob:0"]), false);
  assert.deepEqual(member().sought, [{ topic: "orders", partition: 0, offset: 1 }]);
});

Deno.test("markers between the records are no hole", async () => {
  const { join, member } = consumer();
  await join("m1", [0]);
  await member().fetch(0, ["alice:0"]);
  member().listener.skippedTo({ topic: "orders", partition: 0 }, 5);
  assert.equal(await member().fetch(5, ["bob:0"]), true);
  assert.deepEqual(member().sought, []);
});

Deno.test("a key that is not the value's own is dead-lettered as invalid", async () => {
  const { join, member, letters, clock } = consumer({ keyOf: () => "somebody else" });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0", null]);
  await clock.advance(1_000);
  assert.equal(letters.length, 1);
  const reason = letters[0]!.headers!.find(([name]) => name === "dlq.reason")![1];
  assert.equal(text.decode(reason), "invalid");
  assert.equal(member().commits.flat().at(-1)!.offset, 2, "the tombstone is finished too");
});

Deno.test("a flood holds its partition at fifty dead letters, the others go on", async () => {
  const { consumer: one, join, member, letters, handled, clock } = consumer({
    decode: (value) => {
      if (text.decode(value).startsWith("bad")) throw permanent("undecodable", "not Avro");
      return text.decode(value);
    },
  });
  await join("m1", [0, 1]);
  await member().fetch(0, Array.from({ length: 100 }, (_, index) => `bad-${index}:0`));
  await clock.advance(1_000);
  await member().fetch(0, ["alice:0"], { partition: 1 });
  await clock.advance(1_000);
  assert.equal(letters.length, 50);
  assert.deepEqual(handled, ["alice:0"]);
  assert.deepEqual(one.status().held.map(({ partition }) => partition), [0]);
  assert.deepEqual(member().paused.map(({ partition }) => partition), [0]);
});

Deno.test("an open breaker starts nothing and pauses everything, also what is assigned meanwhile", async () => {
  let down = true;
  const { join, member, letters, clock, consumer: one } = consumer({
    handle: () =>
      down
        ? Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))
        : Promise.resolve(),
  });
  await join("m1", [0]);
  await member().fetch(0, ["a:0", "b:0", "c:0", "d:0", "e:0"]);
  await clock.advance(0);
  assert.equal(one.status().circuitBreakerState, "open");
  await join("m1", [0, 1]);
  assert.deepEqual(member().paused.map(({ partition }) => partition), [0, 1]);
  down = false;
  for (let turn = 0; turn < 7; turn++) {
    await clock.advance(10_000);
    member().listener.heartbeat();
  }
  assert.equal(one.status().circuitBreakerState, "closed");
  assert.deepEqual(member().paused, []);
  assert.deepEqual(letters, []);
  assert.equal(member().commits.flat().at(-1)!.offset, 5);
});

Deno.test("a stop lets what runs finish, commits it and leaves; what waits stays uncommitted", async () => {
  const { handle, running, started } = byHand();
  const { consumer: one, join, member, clock } = consumer({ handle, concurrency: 1 });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0", "bob:0"]);
  await settle();
  const stopping = one.stop(5_000);
  running.get("alice:0")!.resolve();
  await clock.advance(10);
  assert.equal(await stopping, true);
  assert.deepEqual(started, ["alice:0"]);
  assert.deepEqual(member().commits.flat().map(({ offset }) => offset), [1]);
  assert.equal(member().left, true);
});

Deno.test("a stop gives up at its deadline, and the record that would not end is not committed", async () => {
  const { handle, running } = byHand();
  const { consumer: one, join, member, clock } = consumer({ handle });
  await join("m1", [0]);
  await member().fetch(0, ["alice:0"]);
  await settle();
  const stopping = one.stop(5_000);
  await clock.advance(5_000);
  assert.equal(await stopping, false);
  assert.equal(running.get("alice:0")!.signal.aborted, true);
  assert.deepEqual(member().commits, []);
});

Deno.test("a member that crashes is replaced, and what it had begins anew", async () => {
  const { join, member, members, clock, handled } = consumer();
  await join("m1", [0]);
  member().listener.crashed(new Error("the coordinator is loading"));
  await clock.advance(1_000);
  assert.equal(members.length, 2);
  assert.equal(members[0]!.left, true);
  await join("m2", [0]);
  await member().fetch(0, ["alice:0"]);
  await settle();
  assert.deepEqual(handled, ["alice:0"]);
});

Deno.test("a member that the group does not hear of for half a session is replaced", async () => {
  const { join, members, member, clock } = consumer();
  await join("m1", [0]);
  await clock.advance(14_000);
  member().listener.heartbeat();
  await clock.advance(14_000);
  assert.equal(members.length, 1);
  await clock.advance(4_000);
  assert.equal(members.length, 2);
});

Deno.test("a lost offset stops the reading of its partition and is told, instead of skipped over", async () => {
  const { consumer: one, join, member } = consumer();
  await join("m1", [0, 1]);
  member().listener.offsetLost({ topic: "orders", partition: 1 });
  assert.deepEqual(one.status().offsetLost, { topic: "orders", partition: 1, why: "out-of-range" });
  assert.deepEqual(member().paused.map(({ partition }) => partition), [1]);
});

Deno.test("a commit that is gone where this process had one stops its partition, the others go on", async () => {
  const world = consumer();
  await world.join("m1", [0, 1]);
  world.member().listener.crashed(new Error("session over"));
  await world.clock.advance(1_000);
  world.starts.set(0, uncommitted(0, 0)); // the earliest: all would be repeated
  await world.join("m2", [0, 1]);
  assert.deepEqual(world.member().paused.map(({ partition }) => partition), [0]);
  assert.equal(world.consumer.status().offsetLost?.why, "no-commit");
  assert.equal(await world.member().fetch(40, ["alice:0"]), false);
  await world.member().fetch(0, ["bob:0"], { partition: 1 });
  await world.clock.advance(1_000);
  assert.deepEqual(world.handled, ["bob:0"]);
  assert.deepEqual(world.member().commits.flat().map(({ partition }) => partition), [1]);
  world.starts.set(0, start(0, 40)); // somebody has set it
  await world.join("m2", [0, 1]);
  assert.deepEqual(world.member().paused, []);
  assert.equal(await world.member().fetch(40, ["alice:0"]), true);
});

Deno.test("the first start of a group is no loss, unless the settings say that it is no first start", async () => {
  const fresh = consumer();
  fresh.starts.set(0, uncommitted(0, 0));
  await fresh.join("m1", [0]);
  assert.equal(fresh.consumer.status().offsetLost, undefined);

  const known = consumer({ commitsExpected: true });
  known.starts.set(0, uncommitted(0, 0));
  await known.join("m1", [0, 1]);
  assert.equal(known.consumer.status().offsetLost?.partition, 0);
  assert.deepEqual(known.member().paused.map(({ partition }) => partition), [0]);
});

Deno.test("a member that was given up before its first commit begins again, and has lost nothing", async () => {
  const world = consumer();
  world.member().refuseCommits = true;
  const joined = async (member: string, offset: number) => {
    world.member().listener.joined(member, [{ topic: "orders", partition: 0 }]);
    world.member().listener.starts([uncommitted(0, offset)]);
    await seconds(2, world);
    return world.consumer.status().offsetLost?.why;
  };
  assert.equal(await joined("m1", 5), undefined);
  assert.equal(await joined("m2", 5), undefined);
  assert.equal(await joined("m3", 9), "no-commit", "from the latest, 5 to 8 would be skipped");
});

Deno.test("lost positions that somebody has accepted are begun anew", async () => {
  const world = consumer({ acceptLostOffsets: true, commitsExpected: true });
  world.starts.set(0, uncommitted(0, 40));
  await world.join("m1", [0, 1]);
  await world.member().fetch(40, ["alice:0"]);
  await world.member().fetch(0, ["bob:0"], { partition: 1 });
  await settle();
  assert.equal(world.member().listener.offsetLost({ topic: "orders", partition: 1 }), "reset");
  world.member().listener.starts([uncommitted(1, 90)]);
  await world.member().fetch(90, ["carol:0"], { partition: 1 });
  await world.clock.advance(1_000);
  assert.deepEqual(world.handled, ["alice:0", "bob:0", "carol:0"]);
  assert.deepEqual(
    world.member().commits.flat().map(({ partition, offset }) => [partition, offset]),
    [[0, 41], [1, 91]],
  );
  assert.equal(world.consumer.status().offsetLost, undefined);
});

Deno.test("three orders that always fail are given up in seconds, and open no breaker", async () => {
  const world = consumer({ handle: () => Promise.reject(new Error("broken")) });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["a:0", "b:0", "c:0"]);
  await world.clock.advance(3_000);
  assert.equal(world.letters.length, 3);
  assert.equal(world.consumer.status().circuitBreakerState, "closed");
});

Deno.test("a breaker that five bad records opened is closed by the first good one, before any of them is tried again", async () => {
  const tried: string[] = [];
  const world = consumer({
    handle: ({ value }) => {
      tried.push(value);
      return value.startsWith("bad") ? Promise.reject(new Error("broken")) : Promise.resolve();
    },
  });
  await world.join("m1", [0]);
  await world.member().fetch(0, Array.from({ length: 5 }, (_, index) => `bad-${index}:0`));
  await world.clock.advance(0);
  assert.equal(world.consumer.status().circuitBreakerState, "open");
  await seconds(2, world); // the bad ones wait for their next try by then, in front of the good one
  await world.member().fetch(5, ["good:0"]);
  await seconds(60, world);
  assert.equal(tried[5], "good:0");
  assert.equal(world.consumer.status().circuitBreakerState, "closed");
});

Deno.test("a handler out of its time is told so, spends an attempt when it gives up, and counts when it makes it", async () => {
  const { handle, running, started } = byHand();
  const world = consumer({ handle, handlerTimeoutMs: 10_000 });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["alice:0", "bob:0", "alice:1"]);
  await seconds(10, world);
  const { signal, reject } = running.get("alice:0")!;
  assert.equal((signal.reason as Error).name, "TimeoutError");
  await seconds(60, world);
  assert.deepEqual(started, ["alice:0", "bob:0"], "nothing beside what has not settled");
  assert.equal(world.consumer.status().stuck?.overdueMs, 60_000);
  running.get("bob:0")!.resolve();
  reject(signal.reason);
  await seconds(1, world);
  assert.deepEqual(
    started,
    ["alice:0", "bob:0", "alice:0"],
    "tried again after the usual wait, not as an outage",
  );
  assert.equal(world.consumer.status().stuck, undefined);
  running.get("alice:0")!.resolve();
  await seconds(1, world);
  running.get("alice:1")!.resolve();
  await seconds(1, world);
  assert.equal(world.member().commits.flat().at(-1)!.offset, 3);
});

Deno.test("handlers that hang open the breaker at their deadline, and a probe that hangs opens it again", async () => {
  const { handle, started } = byHand();
  const world = consumer({ handle, handlerTimeoutMs: 10_000 });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["a:0", "b:0", "c:0", "d:0", "e:0"]);
  await seconds(10, world);
  assert.equal(world.consumer.status().circuitBreakerState, "open");
  await world.member().fetch(5, ["f:0", "g:0"]);
  await seconds(60, world);
  assert.equal(world.consumer.status().circuitBreakerState, "half_open");
  await seconds(10, world);
  assert.equal(world.consumer.status().circuitBreakerState, "open");
  assert.deepEqual(started.slice(5), ["f:0"]);
});

Deno.test("a dependency that is asked itself lets everything go on when it answers, in growing steps", async () => {
  let down = true;
  const running = new Set<string>();
  let most = 0;
  const world = consumer({
    handle: async ({ value }) => {
      if (down) throw unavailable("the store is away", { dependency: "store" });
      running.add(value);
      most = Math.max(most, running.size);
      await Promise.resolve();
      running.delete(value);
    },
    dependencies: { store: { probe: () => down ? Promise.reject(new Error("away")) : Promise.resolve() } },
  });
  await world.join("m1", [0]);
  await world.member().fetch(0, Array.from({ length: 5 }, (_, index) => `user-${index}:0`));
  await seconds(30, world);
  assert.deepEqual(world.consumer.status().dependencies.map(({ name, state }) => [name, state]), [
    ["handler", "closed"],
    ["store", "open"],
  ]);
  await seconds(90, world);
  assert.deepEqual(world.member().paused.map(({ partition }) => partition), [0]);
  down = false;
  await seconds(62, world);
  assert.deepEqual(world.member().paused, []);
  assert.equal(world.member().commits.flat().at(-1)!.offset, 5);
  assert.equal(most, 2, "one, and then two at once: five do not get further");
});

Deno.test("messages are handed over in batches, those of one key one after the other", async () => {
  const batches: string[][] = [];
  const world = consumer({
    handle: undefined as never,
    handleBatch: (messages) => {
      batches.push(messages.map(({ value }) => value));
      const bad = messages.some(({ value }) => value === "bob:0");
      return bad ? Promise.reject(permanent("refused", "never")) : Promise.resolve();
    },
  });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["alice:0", "bob:0", "alice:1", "carol:0", "dave:0"]);
  await seconds(1, world);
  assert.deepEqual(batches[0], ["alice:0", "bob:0", "carol:0", "dave:0"]);
  assert.ok(batches.every((one) => !(one.includes("alice:0") && one.includes("alice:1"))));
  assert.deepEqual(world.letters.map(({ value }) => text.decode(value!)), ["bob:0"]);
  assert.equal(world.member().commits.flat().at(-1)!.offset, 5);
});

Deno.test("a consumer has one kind of handler", () => {
  assert.throws(() => consumer({ handleBatch: () => Promise.resolve() }), /either handle or handleBatch/);
});

Deno.test("a breaker whose last record was given up closes with the next record, though nobody waits", async () => {
  let broken = true;
  const world = consumer({ handle: () => broken ? Promise.reject(new Error("broken")) : Promise.resolve() });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["a:0", "b:0", "c:0", "d:0", "e:0"]);
  await seconds(600, world);
  assert.equal(world.letters.length, 5);
  broken = false;
  await seconds(70, world);
  assert.deepEqual(world.member().paused, [], "a probe is due, so somebody must be fetched to be it");
  assert.equal(await world.member().fetch(5, ["f:0"]), true);
  await seconds(70, world);
  assert.equal(world.consumer.status().circuitBreakerState, "closed");
  assert.equal(world.member().commits.flat().at(-1)!.offset, 6);
});

Deno.test("a member whose join failed is replaced, though the group hears from it", async () => {
  const world = consumer();
  await world.join("m1", [0]);
  void world.member().listener.beforeJoin();
  await seconds(100, world);
  assert.equal(world.members.length, 2);
});

Deno.test("a held partition that begins anew is not paused for ever", async () => {
  const world = consumer({
    decode: (value) => {
      if (text.decode(value).startsWith("bad")) throw permanent("undecodable", "not Avro");
      return text.decode(value);
    },
  });
  await world.join("m1", [0]);
  await world.member().fetch(0, Array.from({ length: 60 }, (_, index) => `bad-${index}:0`));
  await seconds(1, world);
  assert.equal(world.consumer.status().held.length, 1);
  const joining = world.join("m2", [0]);
  await world.clock.advance(5_000);
  await joining;
  assert.deepEqual(world.member().paused, []);
  assert.deepEqual(world.consumer.status().held, []);
});

Deno.test("the last commit is tried again, and a stop without it is not called clean", async () => {
  const world = consumer({ commitIntervalMs: 60_000 });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["a:0"]);
  await settle();
  world.member().refuseCommits = true;
  const stopping = world.consumer.stop(5_000);
  await world.clock.advance(500);
  world.member().refuseCommits = false;
  await world.clock.advance(500);
  assert.equal(await stopping, true);
  assert.deepEqual(world.member().commits.flat().map(({ offset }) => offset), [1]);

  const other = consumer({ commitIntervalMs: 60_000 });
  await other.join("m1", [0]);
  await other.member().fetch(0, ["a:0"]);
  await settle();
  other.member().refuseCommits = true;
  const failing = other.consumer.stop(5_000);
  await other.clock.advance(10_000);
  assert.equal(await failing, false);
});

Deno.test("a second lost offset is paused as well", async () => {
  const world = consumer();
  await world.join("m1", [0, 1]);
  for (const partition of [1, 0]) world.member().listener.offsetLost({ topic: "orders", partition });
  assert.deepEqual(world.member().paused.map(({ partition }) => partition), [0, 1]);
});

Deno.test("an observer that throws ends neither the lane nor the room, and makes no failure of a success", async () => {
  const boom = () => {
    throw new Error("observer");
  };
  const world = consumer({ events: { handled: boom, finished: boom, committed: boom, rebalanced: boom } });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["a:0", "a:1"]);
  await seconds(10, world);
  assert.deepEqual(world.handled, ["a:0", "a:1"], "each once");
  assert.deepEqual([world.letters.length, world.consumer.status().inFlight], [0, 0]);
  assert.equal(world.member().commits.flat().at(-1)?.offset, 2);
});

Deno.test("records that cannot be read stop their partition alone, are told of, and are asked for again", async () => {
  const world = consumer();
  await world.join("m1", [0, 1]);
  const { listener } = world.member();
  const unreadable = {
    topic: "orders",
    partition: 0,
    fetchedOffset: 0,
    nextOffset: Number.MAX_SAFE_INTEGER,
    highWatermark: 1,
    get records(): never {
      throw new Error("does not match its checksum");
    },
  };
  const rests = () => world.member().paused.map(({ partition }) => partition);
  assert.equal(await listener.admit(unreadable), false);
  await world.member().fetch(0, ["a:0"], { partition: 1 });
  await seconds(29, world);
  assert.deepEqual([world.handled, rests()], [["a:0"], [0]]);
  assert.deepEqual(world.consumer.status().unreadable, [{
    partition: 0,
    why: "does not match its checksum",
  }]);
  await seconds(2, world);
  assert.deepEqual(rests(), []);
  await listener.admit(unreadable);
  assert.deepEqual(rests(), [0]);
  await seconds(31, world);
  await world.member().fetch(0, ["b:0"]);
  await seconds(1, world);
  assert.deepEqual([world.handled, world.consumer.status().unreadable], [["a:0", "b:0"], []]);
});

Deno.test("a commit that is never answered is not the last one", async () => {
  const world = consumer();
  await world.join("m1", [0]);
  const { commit } = world.member();
  world.member().commit = () => new Promise(() => {});
  await world.member().fetch(0, ["a:0"]);
  await seconds(10, world);
  world.member().commit = commit;
  await seconds(20, world);
  assert.deepEqual(world.member().commits.flat().map(({ offset }) => offset), [1]);
});

Deno.test("the status says why records cannot be read, as long as they cannot", async () => {
  let down = true;
  const world = consumer({
    decode: (value) => {
      if (down) throw unavailable("the registry does not answer");
      return text.decode(value);
    },
  });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["a:0"]);
  await seconds(120, world);
  assert.equal(world.consumer.status().waiting, "the registry does not answer");
  down = false;
  await seconds(60, world);
  assert.deepEqual(world.handled, ["a:0"]);
  assert.equal(world.consumer.status().waiting, undefined);
});

Deno.test("a dead letter that cannot be written holds its partition, the others have room, and later all is committed", async () => {
  let refused = true;
  const letters: ProducerRecord[] = [];
  const world = consumer({
    maxInFlight: 10,
    deadLetters: {
      topic: "orders-dlq",
      partitions: 6,
      send(letter) {
        if (refused) return Promise.reject(Object.assign(new Error("gone"), { code: "UNKNOWN_PARTITION" }));
        return Promise.resolve(letters.push(letter));
      },
    },
    handle: ({ value }) =>
      value === "a:0" ? Promise.reject(permanent("refused", "never")) : Promise.resolve(),
  });
  await world.join("m1", [0, 1]);
  // All of one user, so that everything waits behind the first and takes the whole room.
  await world.member().fetch(0, Array.from({ length: 15 }, (_, index) => `a:${index}`));
  await settle();
  assert.deepEqual(world.member().paused.map(({ partition }) => partition), [0]);
  const [hold] = world.consumer.status().deadLetterHolds;
  assert.match(hold!.why, /create orders-dlq/);
  assert.equal(
    await world.member().fetch(0, ["b:0"], { partition: 1 }),
    true,
    "the other partition has room",
  );
  await seconds(1, world);
  assert.deepEqual(
    world.member().commits.at(-1)!.map(({ partition, offset }) => [partition, offset]),
    [[1, 1]],
  );

  refused = false;
  await seconds(3, world);
  assert.equal(letters.length, 1);
  assert.deepEqual(world.member().paused, []);
  assert.deepEqual(world.consumer.status().deadLetterHolds, []);
  assert.equal(world.member().commits.flat().at(-1)!.offset, 15);
});

Deno.test("partitions that rest for want of room go on as soon as it is a dead letter that takes it", async () => {
  const sending = Promise.withResolvers<void>();
  const world = consumer({
    maxInFlight: 10,
    deadLetters: { topic: "dlq", partitions: 6, send: () => sending.promise },
    handle: () => Promise.reject(permanent("refused", "never")),
  });
  await world.join("m1", [0, 1]);
  await world.member().fetch(0, Array.from({ length: 15 }, (_, index) => `a:${index}`));
  const admitted = world.member().fetch(0, ["b:0"], { partition: 1 });
  await seconds(2, world);
  assert.equal(await admitted, false);
  assert.deepEqual(world.member().paused.map(({ partition }) => partition), [1]);
  sending.reject(new Error("gone"));
  await settle();
  assert.deepEqual(world.member().paused.map(({ partition }) => partition), [0]);
  assert.equal(await world.member().fetch(0, ["b:0"], { partition: 1 }), true);
});

Deno.test("a stop does not wait for a dead letter that cannot be written", async () => {
  const world = consumer({
    deadLetters: { topic: "dlq", partitions: 1, send: () => Promise.reject(new Error("gone")) },
    handle: () => Promise.reject(permanent("refused", "never")),
  });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["a:0"]);
  await seconds(2, world);
  const stopping = world.consumer.stop(60_000);
  await world.clock.advance(1_000);
  assert.equal(await stopping, true);
  assert.deepEqual(world.member().commits, []);
});

Deno.test("what was sent back and fails again is no flood", async () => {
  const world = consumer({ handle: () => Promise.reject(permanent("refused", "again")) });
  await world.join("m1", [0]);
  const redriven: ConsumerRecord[] = Array.from({ length: 60 }, (_, offset) => ({
    topic: "orders",
    partition: 0,
    offset,
    timestamp: 0,
    key: utf8.encode(`${offset}`),
    value: utf8.encode(`${offset}:0`),
    headers: [["dlq.redrive_count", utf8.encode("1")]],
  }));
  const batch = { topic: "orders", partition: 0, fetchedOffset: 0, nextOffset: 60, highWatermark: 60 };
  await world.member().listener.admit({ ...batch, records: redriven });
  await seconds(1, world);
  assert.equal(world.letters.length, 60);
  assert.deepEqual(world.consumer.status().held, []);
});

Deno.test("what was sent back for another group is skipped, what was for us is processed", async () => {
  const world = consumer();
  await world.join("m1", [0]);
  const records: ConsumerRecord[] = ["group", "other"].map((group, offset) => ({
    topic: "orders",
    partition: 0,
    offset,
    timestamp: 0,
    key: utf8.encode("a"),
    value: utf8.encode(`a:${group}`),
    headers: [["dlq.redrive_group", utf8.encode(group)]],
  }));
  const batch = { topic: "orders", partition: 0, fetchedOffset: 0, nextOffset: 2, highWatermark: 2 };
  await world.member().listener.admit({ ...batch, records });
  await seconds(1, world);
  assert.deepEqual(world.handled, ["a:group"]);
  assert.equal(world.member().commits.flat().at(-1)!.offset, 2);
});

Deno.test("a partition is held, and nothing written, when no more users can be remembered", async () => {
  const world = consumer({
    deadLetters: {
      topic: "dlq",
      partitions: 6,
      send: (letter) => Promise.resolve(world.letters.push(letter)),
      readBack: (_partition, onRecord) => {
        for (let user = 0; user < 100_000; user++) onRecord(letterOf(`user-${user}`));
        return Promise.resolve();
      },
    },
    handle: () => Promise.reject(permanent("refused", "never")),
  });
  await world.join("m1", [0]);
  await world.member().fetch(0, ["a:0"]);
  await seconds(1, world);
  assert.deepEqual(world.letters, []);
  assert.match(world.consumer.status().held[0]!.why, /release some, or set AFTER_DEAD_LETTER=continue/);
});

/** What is held of a user, as it is read back from the dead letters. */
function letterOf(user: string): ConsumerRecord {
  const facts = { original_topic: "orders", original_partition: "0", original_offset: "0", group: "group" };
  const headers = Object.entries(facts).map(([name, fact]) => [`dlq.${name}`, utf8.encode(fact)] as const);
  return {
    topic: "dlq",
    partition: 0,
    offset: 0,
    timestamp: 0,
    key: utf8.encode(user),
    value: null,
    headers,
  };
}

Deno.test("a user's later orders stay behind a dead letter, in order, until a release, and others go on", async () => {
  const world = consumer({
    deadLetters: {
      topic: "dlq",
      partitions: 6,
      send: (letter) => Promise.resolve(world.letters.push(letter)),
      readBack: () => Promise.resolve(),
    },
    handle: ({ value }) => {
      if (value === "a:0") return Promise.reject(permanent("refused", "never"));
      return Promise.resolve(void world.handled.push(value));
    },
  });
  const reasons = () =>
    world.letters.map(({ headers }) => text.decode(headers!.find(([name]) => name === "dlq.reason")![1]));
  await world.join("m1", [0]);
  await world.member().fetch(0, [
    "a:0",
    "b:0",
    ...Array.from({ length: 60 }, (_, index) => `a:${index + 1}`),
  ]);
  await seconds(20, world); // sixty in one lane take their turns
  assert.deepEqual(world.handled, ["b:0"]);
  assert.deepEqual(reasons(), ["refused", ...Array.from({ length: 60 }, () => "held-behind")]);
  assert.deepEqual(world.consumer.status().held, [], "it is no flood");

  const release = { topic: "orders", partition: 0, timestamp: 0, key: utf8.encode("a"), value: null };
  const headers: ConsumerRecord["headers"] = [["dlq.release_group", utf8.encode("group")]];
  const batch = { topic: "orders", partition: 0, fetchedOffset: 62, nextOffset: 63, highWatermark: 63 };
  await world.member().listener.admit({ ...batch, records: [{ ...release, offset: 62, headers }] });
  await world.member().fetch(63, ["a:61"]);
  await seconds(1, world);
  assert.equal(reasons().at(-1), "released");
  assert.deepEqual(world.handled, ["b:0", "a:61"]);
  assert.equal(world.member().commits.flat().at(-1)!.offset, 64);
});
