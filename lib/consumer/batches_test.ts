import assert from "node:assert/strict";
import fc from "fast-check";
import { unavailable } from "../core/failure.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { settle } from "../testing/test_clock.ts";
import { Batches, type BatchOptions } from "./batches.ts";
import type { BatchHandler } from "./handler.ts";

function record(offset: number): ConsumerRecord {
  return { topic: "orders", partition: 0, offset, timestamp: 0, key: null, value: null, headers: [] };
}

/** Hands messages to a handler of batches, and notes how each ended. */
function world(handleBatch: BatchHandler<string>, options?: BatchOptions) {
  const batches: string[][] = [];
  const ends = new Map<string, unknown>();
  const handle = new Batches<string>((messages, context) => {
    batches.push(messages.map(({ value }) => value));
    return handleBatch(messages, context);
  }, options).handle;
  const give = (value: string, signal = new AbortController().signal, deadline = 1) => {
    handle({ value, record: record(ends.size) }, { attempt: 1, deadline, signal }).then(
      () => ends.set(value, "done"),
      (error) => ends.set(value, error instanceof Error ? error.message : error),
    );
  };
  return { batches, ends, give };
}

Deno.test("what comes in one turn is one batch; what comes while it runs is the next, as large as it may be", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const { batches, ends, give } = world(() => gates[calls++]!.promise, { maxRecords: 3, concurrency: 1 });
  for (const value of ["a", "b"]) give(value);
  await settle();
  for (const value of ["c", "d", "e", "f"]) give(value);
  await settle();
  assert.deepEqual(batches, [["a", "b"]]);
  gates[0]!.resolve();
  await settle();
  assert.deepEqual(batches, [["a", "b"], ["c", "d", "e"]]);
  assert.deepEqual([...ends.keys()], ["a", "b"]);
  gates[1]!.resolve();
  gates[2]!.resolve();
  await settle();
  assert.deepEqual(batches.at(-1), ["f"]);
  assert.equal(ends.size, 6);
});

Deno.test("each message ends as the handler says of it", async () => {
  const { ends, give } = world(() => Promise.resolve([undefined, new Error("no"), undefined]));
  for (const value of ["a", "b", "c"]) give(value);
  await settle();
  assert.deepEqual([...ends], [["a", "done"], ["b", "no"], ["c", "done"]]);
});

Deno.test("the bad messages of a batch that throws are found, and only they fail", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40, size: "max" }), async (bad) => {
      const done: string[] = [];
      const { batches, ends, give } = world((messages) => {
        if (messages.some(({ value }) => value.startsWith("bad"))) {
          return Promise.reject(new Error("one of them"));
        }
        done.push(...messages.map(({ value }) => value));
        return Promise.resolve();
      });
      const values = bad.map((isBad, index) => `${isBad ? "bad" : "good"}-${index}`);
      for (const value of values) give(value);
      await settle();
      await settle();
      await settle();
      for (const value of values) {
        assert.equal(ends.get(value), value.startsWith("bad") ? "one of them" : "done", value);
      }
      assert.deepEqual(done, values.filter((value) => value.startsWith("good")), "each once, in order");
      const count = bad.filter(Boolean).length;
      assert.ok(batches.length <= 1 + count * 2 * Math.ceil(Math.log2(values.length) + 1), "few calls");
    }),
  );
});

Deno.test("a world that is down fails the batch as a whole, without asking it again for every half", async () => {
  const { batches, ends, give } = world(() => Promise.reject(unavailable("the store is away")));
  for (const value of ["a", "b", "c", "d"]) give(value);
  await settle();
  assert.equal(batches.length, 1);
  assert.deepEqual([...new Set(ends.values())], ["the store is away"]);
});

Deno.test("a number of results that cannot be matched fails every message and says so", async () => {
  const { ends, give } = world(() => Promise.resolve([undefined]));
  for (const value of ["a", "b"]) give(value);
  await settle();
  assert.match(String(ends.get("a")), /gave 1 results for 2 messages/);
  assert.match(String(ends.get("b")), /gave 1 results for 2 messages/);
});

Deno.test("what was given up while it waited is not handled", async () => {
  const first = Promise.withResolvers<void>();
  const { batches, ends, give } = world(() => first.promise, { concurrency: 1 });
  const gone = new AbortController();
  give("a");
  await settle();
  give("b", gone.signal);
  gone.abort(new Error("given to another member"));
  first.resolve();
  await settle();
  assert.deepEqual(batches, [["a"]]);
  assert.match(String(ends.get("b")), /busy with other messages/);
});

Deno.test("a message whose time was over while it waited for the others has not been tried", async () => {
  const first = Promise.withResolvers<void>();
  const batches: string[][] = [];
  const failures: unknown[] = [];
  const { handle } = new Batches<string>((messages) => {
    batches.push(messages.map(({ value }) => value));
    return first.promise;
  }, { concurrency: 1 });
  const late = new AbortController();
  for (const value of ["slow", "waits"]) {
    const signal = value === "slow" ? new AbortController().signal : late.signal;
    handle({ value, record: record(0) }, { attempt: 2, deadline: 1, signal }).catch((error) =>
      failures.push(error.kind)
    );
    await settle();
  }
  late.abort(new DOMException("over", "TimeoutError"));
  first.resolve();
  await settle();
  assert.deepEqual([batches, failures], [[["slow"]], ["unavailable"]]);
});

Deno.test("a batch's signal aborts when the time of one is over, or when none is ours any more", async () => {
  const signals: AbortSignal[] = [];
  const { give } = world((_messages, { signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  const lost = [new AbortController(), new AbortController()];
  lost.forEach((one, index) => give(`lost-${index}`, one.signal));
  await settle();
  lost[0]!.abort(new Error("moved"));
  assert.equal(signals[0]!.aborted, false, "the other is still ours");
  lost[1]!.abort(new Error("moved"));
  assert.equal(signals[0]!.aborted, true);

  const late = new AbortController();
  give("late", late.signal);
  give("other");
  await settle();
  late.abort(new DOMException("over", "TimeoutError"));
  assert.equal(signals[1]!.aborted, true);
});

Deno.test("a message that comes while the last batches come to their end does not wait for ever", async () => {
  for (let turns = 0; turns < 20; turns++) {
    const first = Promise.withResolvers<void>();
    const { batches, ends, give } = world(() => first.promise, { maxRecords: 1, concurrency: 2 });
    for (const value of ["a", "b"]) give(value);
    await settle();
    first.resolve();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    give("c");
    await settle();
    assert.deepEqual([batches.length, ends.get("c")], [3, "done"], `after ${turns} turns`);
  }
});
