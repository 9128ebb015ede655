import assert from "node:assert/strict";
import { permanent, unavailable } from "../core/failure.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { settle } from "../testing/test_clock.ts";
import type { ConsumerOptions } from "./consumer_options.ts";
import { consumer, seconds } from "./played_consumer.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** A consumer of batches; each call of its handler is noted, and answered as the test says. */
async function world(
  answer: (values: readonly string[]) => Promise<void | readonly unknown[]>,
  overrides: Partial<ConsumerOptions<string>> = {},
) {
  const calls: string[][] = [];
  const one = consumer({
    handle: undefined as never,
    handleBatch: (messages) => {
      const values = messages.map(({ value }) => value);
      calls.push(values);
      return answer(values);
    },
    ...overrides,
  });
  await one.join("m1", [0]);
  return { ...one, calls, committed: () => one.member().commits.flat().at(-1)?.offset };
}

const users = (count: number, sequence = 0) =>
  Array.from({ length: count }, (_, index) => `user-${index}:${sequence}`);

Deno.test("what is fetched goes to the handler together, and is finished together", async () => {
  const { member, calls, clock, committed } = await world(() => Promise.resolve());
  await member().fetch(0, [...users(300), ...users(300, 1)]);
  await clock.advance(1_000);
  assert.deepEqual(calls, [users(300), users(300, 1)], "no two of a key in one call");
  assert.equal(committed(), 600);
});

Deno.test("a call has as many messages as it may, and as many calls run as may", async () => {
  const ends: (() => void)[] = [];
  const { member, calls, clock, committed } = await world(
    () => new Promise<void>((resolve) => ends.push(resolve)),
    { batch: { maxRecords: 10, concurrency: 2 } },
  );
  await member().fetch(0, users(25));
  await settle();
  assert.deepEqual(calls.map(({ length }) => length), [10, 10]);
  ends[1]!();
  await clock.advance(500);
  assert.deepEqual(calls.map(({ length }) => length), [10, 10, 5]);
  assert.equal(committed(), 0, "the first ten have not come back");
  for (const end of ends) end();
  await clock.advance(500);
  assert.equal(committed(), 25);
});

Deno.test("what cannot be read or breaks a rule is found out by itself, and the others do not wait", async () => {
  const { member, calls, letters, clock, committed } = await world(() => Promise.resolve(), {
    decode: (value) => {
      if (text.decode(value).startsWith("foreign")) throw permanent("undecodable", "foreign bytes");
      return text.decode(value);
    },
    validate: ({ value }) => {
      if (value.startsWith("wrong")) throw permanent("invalid", "breaks a rule");
    },
  });
  await member().fetch(0, ["alice:0", "foreign:0", null, "wrong:0", "bob:0", "foreign:1"]);
  await clock.advance(1_000);
  assert.deepEqual(calls, [["alice:0", "bob:0"]]);
  assert.deepEqual(letters.map(({ value }) => text.decode(value!)).sort(), [
    "foreign:0",
    "foreign:1",
    "wrong:0",
  ]);
  assert.equal(committed(), 6);
});

Deno.test("a schema that is not known yet is waited for, and what comes after it is not", async () => {
  const known = Promise.withResolvers<void>();
  let asked = 0;
  const { member, calls, clock, committed } = await world(() => Promise.resolve(), {
    decode: (bytes) => {
      const value = text.decode(bytes);
      if (!value.startsWith("new")) return value;
      asked++;
      return known.promise.then(() => value);
    },
  });
  await member().fetch(0, ["new:0", "alice:0"]);
  await clock.advance(1_000);
  assert.deepEqual([calls, committed()], [[["alice:0"]], 0]);
  known.resolve();
  await clock.advance(1_000);
  assert.deepEqual(calls.flat(), ["alice:0", "new:0"]);
  assert.deepEqual([committed(), asked], [2, 2], "once for each way");
});

Deno.test("a registry that is away rejects nobody's promise", async () => {
  const { member, clock } = await world(() => Promise.resolve(), {
    decode: () => Promise.reject(unavailable("the registry is away")),
  });
  await member().fetch(0, ["alice:0"]);
  await clock.advance(100); // an unhandled rejection would end the test
});

Deno.test("a message that the handler fails is tried as often as any, and alone", async () => {
  const { member, calls, letters, committed, ...rest } = await world((values) =>
    Promise.resolve(values.map((value) => value === "bad:0" ? new Error("no") : undefined))
  );
  await member().fetch(0, ["alice:0", "bad:0", "bad:1", "bob:0"]);
  await seconds(10, { member, ...rest });
  assert.deepEqual(calls[0], ["alice:0", "bad:0", "bob:0"]);
  assert.equal(calls.flat().filter((value) => value === "bad:0").length, 3, "three tries in all");
  assert.deepEqual(letters.map(({ value }) => text.decode(value!)), ["bad:0"]);
  assert.match(headerOf(letters[0]!, "dlq.attempts"), /^3$/);
  assert.deepEqual(calls.at(-1), ["bad:1"], "the next of the user, behind it");
  assert.equal(committed(), 4);
});

Deno.test("a world that is down spends no attempt, opens the breaker, and ends in nobody's dead letter", async () => {
  let down = true;
  const { member, calls, letters, committed, ...rest } = await world(() =>
    down ? Promise.reject(unavailable("the store is away")) : Promise.resolve()
  );
  await member().fetch(0, users(20));
  await seconds(3, { member, ...rest });
  assert.equal(rest.consumer.status().circuitBreakerState, "open");
  const before = calls.length;
  await seconds(50, { member, ...rest });
  assert.equal(calls.length, before, "nothing starts while it is open");
  down = false;
  await seconds(30, { member, ...rest });
  assert.deepEqual([letters.length, committed()], [0, 20]);
  assert.ok(calls.slice(before, before + 3).every(({ length }) => length <= 2), "one, and then two at once");

  await member().fetch(20, users(300, 1));
  await seconds(5, { member, ...rest });
  await member().fetch(320, users(300, 2));
  await seconds(1, { member, ...rest });
  assert.equal(calls.at(-1)!.length, 300, "all together again when nothing is left of it");
  assert.equal(committed(), 620);
});

Deno.test("a probe is one message, also when nobody has waited to be it", async () => {
  let broken = true;
  const { member, calls, letters, ...rest } = await world(() =>
    broken ? Promise.reject(new Error("broken")) : Promise.resolve()
  );
  await member().fetch(0, users(5));
  await seconds(600, { member, ...rest });
  assert.equal(letters.length, 5, "all are given up, and the breaker is still open");
  broken = false;
  await seconds(70, { member, ...rest });
  const before = calls.length;
  await member().fetch(5, users(300, 1));
  await seconds(1, { member, ...rest });
  assert.equal(calls[before]!.length, 1);
  assert.equal(rest.consumer.status().circuitBreakerState, "closed");
});

Deno.test("nothing starts behind a closed gate, and what was waiting starts after the join", async () => {
  const ends = new Map<string, () => void>();
  const { member, calls, join, clock, committed } = await world(
    (values) => new Promise<void>((resolve) => ends.set(values.join(), resolve)),
    { batch: { maxRecords: 2, concurrency: 2 } },
  );
  await member().fetch(0, ["alice:0", "alice:1", "bob:0", "carol:0"]);
  await settle();
  const joining = join("m1", [0]);
  await settle();
  ends.get("alice:0,bob:0")!();
  await clock.advance(100);
  assert.deepEqual(calls, [["alice:0", "bob:0"], ["carol:0"]]);
  ends.get("carol:0")!();
  await clock.advance(100);
  await joining;
  await clock.advance(100);
  assert.deepEqual(calls.at(-1), ["alice:1"]);
  ends.get("alice:1")!();
  await clock.advance(1_000);
  assert.equal(committed(), 4);
});

Deno.test("what comes back for a partition that was lost counts for nothing", async () => {
  const first = Promise.withResolvers<void>();
  const { member, calls, clock, consumer } = await world(() => first.promise);
  await member().fetch(0, ["alice:0", "alice:1", "bob:0"]);
  await settle();
  member().listener.joined("m1", []);
  first.resolve();
  await clock.advance(1_000);
  assert.deepEqual(calls, [["alice:0", "bob:0"]]);
  assert.equal(consumer.status().inFlight, 0);
  assert.equal(member().commits.flat().length, 0);
});

Deno.test("what a call did or failed for a partition that was lost is told nobody, and says nothing of the dependency", async () => {
  for (const outcome of [undefined, users(5).map(() => new Error("aborted in the middle"))]) {
    const first = Promise.withResolvers<undefined | readonly unknown[]>();
    const told: string[] = [];
    const { member, clock, consumer, letters } = await world(() => first.promise, {
      events: { finished: () => told.push("finished"), failed: () => told.push("failed") },
    });
    await member().fetch(0, users(5));
    await settle();
    member().listener.joined("m1", []);
    first.resolve(outcome);
    await clock.advance(10_000);
    assert.deepEqual([told, letters, consumer.status().inFlight], [[], [], 0]);
    assert.equal(consumer.status().circuitBreakerState, "closed");
  }
});

Deno.test("an observer that throws ends neither a lane nor the calls", async () => {
  const throwing = () => {
    throw new Error("observer");
  };
  const { member, calls, letters, committed, consumer, ...rest } = await world(
    (values) => Promise.resolve(values.map((value) => value === "bad:0" ? new Error("no") : undefined)),
    { events: { handled: throwing, failed: throwing, finished: throwing } },
  );
  await member().fetch(0, ["alice:0", "alice:1", "bob:0"]);
  await seconds(2, { member, ...rest });
  assert.deepEqual(calls, [["alice:0", "bob:0"], ["alice:1"]]);
  assert.deepEqual([committed(), consumer.status().inFlight], [3, 0]);
  await member().fetch(3, ["bad:0", "carol:0"]);
  await seconds(1, { member, ...rest });
  assert.deepEqual(calls[2], ["bad:0", "carol:0"]);
  assert.deepEqual(letters, [], "the failed one goes on by itself");
});

Deno.test("a key whose handler still runs for an ownership that was lost waits when the partition comes back", async () => {
  const first = Promise.withResolvers<void>();
  const { member, calls, join, clock } = await world((values) =>
    values.includes("alice:0") ? first.promise : Promise.resolve()
  );
  await member().fetch(0, ["alice:0"]);
  await settle();
  member().listener.joined("m1", []);
  const again = join("m1", [0]);
  await clock.advance(10_000); // the drain gives up
  await again;
  await member().fetch(0, ["alice:0", "bob:0"]);
  await clock.advance(1_000);
  assert.deepEqual(calls, [["alice:0"], ["bob:0"]]);
  first.resolve();
  await clock.advance(1_000);
  assert.deepEqual(calls, [["alice:0"], ["bob:0"], ["alice:0"]]);
});

Deno.test("a call that never settles aborts its messages at their deadline, and none is tried beside it", async () => {
  const signals: AbortSignal[] = [];
  const { member, consumer, ...rest } = await world(() => new Promise(() => {}), {
    handlerTimeoutMs: 5_000,
    handleBatch: (messages, { signal }) => {
      signals.push(signal, ...messages.map((one) => one.signal));
      return new Promise(() => {});
    },
  });
  await member().fetch(0, ["alice:0", "bob:0"]);
  await seconds(4, { member, ...rest });
  assert.ok(signals.length === 3 && signals.every(({ aborted }) => !aborted));
  await seconds(30, { member, ...rest });
  assert.ok(signals.every(({ reason }) => reason.name === "TimeoutError"));
  assert.equal(signals.length, 3, "not called again");
  assert.equal(consumer.status().stuck?.record.offset, 0);
});

Deno.test("a held partition lets go what waits, and starts nothing of it", async () => {
  const first = Promise.withResolvers<void>();
  const { member, calls, letters, clock, consumer } = await world(() => first.promise, {
    decode: (value) => {
      if (text.decode(value).startsWith("bad")) throw permanent("undecodable", "foreign bytes");
      return text.decode(value);
    },
  });
  const bad = Array.from({ length: 60 }, (_, index) => `bad-${index}:0`);
  await member().fetch(0, ["alice:0", "alice:1", ...bad]);
  await clock.advance(5_000); // many in a row are written one after the other
  assert.equal(letters.length, 50);
  first.resolve();
  await clock.advance(1_000);
  assert.deepEqual(calls, [["alice:0"]]);
  assert.equal(consumer.status().inFlight, 0);
});

Deno.test("an observer that throws ends neither the lanes, nor the room, nor the call's leave of the gate", async () => {
  const boom = () => {
    throw new Error("observer");
  };
  const { member, calls, consumer, committed, ...rest } = await world(
    (values) =>
      Promise.resolve(values.map((value) => value === "bad:0" ? permanent("refused", "no") : undefined)),
    { events: { handled: boom, failed: boom, finished: boom, retried: boom } },
  );
  await member().fetch(0, ["alice:0", "bad:0", "bob:0", "alice:1"]);
  await seconds(5, { member, ...rest });
  assert.deepEqual(
    calls,
    [["alice:0", "bad:0", "bob:0"], ["alice:1"]],
    "what has succeeded is not done again",
  );
  assert.deepEqual([rest.letters.length, consumer.status().inFlight, committed()], [1, 0, 4]);
  const stopped = consumer.stop(1_000);
  await rest.clock.advance(5_000);
  assert.equal(await stopped, true, "nothing is thought to run");
});

Deno.test("a handler that takes its messages off the list loses none", async () => {
  const { member, consumer, clock, committed } = await world(() => Promise.resolve(), {
    handleBatch: (messages) => {
      const left = messages as { pop(): unknown }[] & typeof messages;
      while (left.length > 1) left.pop();
      left.pop();
      return Promise.resolve();
    },
  });
  await member().fetch(0, users(5));
  await clock.advance(1_000);
  assert.deepEqual([committed(), consumer.status().inFlight], [5, 0]);
});

Deno.test("a call that is late says so for each of its messages: a world that hangs is not taken for bad messages", async () => {
  const { member, consumer, letters, ...rest } = await world(() => Promise.resolve(), {
    handlerTimeoutMs: 5_000,
    handleBatch: (_messages, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
  });
  await member().fetch(0, users(20));
  await seconds(6, { member, ...rest });
  assert.equal(consumer.status().circuitBreakerState, "open");
  await seconds(40, { member, ...rest });
  assert.equal(letters.length, 0);
});

Deno.test("a signal that is kept beyond its call is not held by the partition", async () => {
  const kept: AbortSignal[] = [];
  const { member, clock } = await world(() => Promise.resolve(), {
    handleBatch: (messages, { signal }) => {
      kept.push(signal, ...messages.map((one) => one.signal));
      return Promise.resolve();
    },
  });
  await member().fetch(0, ["alice:0"]);
  await clock.advance(1_000);
  member().listener.joined("m1", []);
  assert.deepEqual(kept.map(({ aborted }) => aborted), [false, false]);
});

Deno.test("the record that is said to be stuck is one that the handler has", async () => {
  const { member, consumer, ...rest } = await world(() => new Promise(() => {}), { handlerTimeoutMs: 5_000 });
  await member().fetch(0, [null, "alice:0"]);
  await seconds(10, { member, ...rest });
  assert.equal(consumer.status().stuck?.record.offset, 1);
});

function headerOf({ headers = [] }: { headers?: ConsumerRecord["headers"] }, wanted: string): string {
  return text.decode(headers.find(([name]) => name === wanted)?.[1] ?? utf8.encode(""));
}
