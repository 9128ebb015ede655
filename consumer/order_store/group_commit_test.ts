import assert from "node:assert/strict";
import { type Order, ORDER_DEFAULTS } from "@orderline/schemas";
import { unavailable } from "@orderline/lib/core/failure";
import { settle } from "@orderline/lib/testing/test_clock";
import { GroupCommit, type ItemResult } from "./group_commit.ts";

const AT = { topic: "orders", partition: 0, offset: 1 };

function order(id: string, quantity = 1): Order {
  return {
    ...ORDER_DEFAULTS,
    order_id: id,
    user: "alice",
    item: "laptop",
    quantity,
    price: null,
    timestamp: 0,
    priority: "normal",
  };
}

/** A group commit whose batches are answered when the test says so. */
class Bench {
  /** The ids of every batch. */
  readonly batches: string[][] = [];
  #answer: ((results: Promise<readonly ItemResult[]>) => void) | undefined;
  readonly commits = new GroupCommit((batch) => {
    assert.equal(this.#answer, undefined, "one batch at a time");
    this.batches.push(batch.map((item) => item.order.order_id));
    return new Promise((resolve) => this.#answer = resolve);
  });

  put(id: string, signal?: AbortSignal) {
    return this.commits.put(order(id), AT, signal);
  }

  /** Answers the batch under way: every order is stored, or as `answer` says. */
  async answer(answer?: ItemResult[] | Error): Promise<void> {
    await settle();
    const resolve = this.#answer ?? assert.fail("no batch is under way");
    this.#answer = undefined;
    resolve(
      answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve(answer ?? this.batches.at(-1)!.map(() => "stored")),
    );
    await settle();
  }
}

Deno.test("what is put in one turn is one batch, and what is put while it is written is the next", async () => {
  const bench = new Bench();
  const puts = [bench.put("a"), bench.put("b")];
  await settle();
  puts.push(bench.put("c"), bench.put("a"), bench.put("d"));
  await settle();
  assert.deepEqual(bench.batches, [["a", "b"]]);
  await bench.answer();
  await bench.answer(["stored", "repeat", "stored"]);
  assert.deepEqual(bench.batches, [["a", "b"], ["c", "a", "d"]]);
  assert.deepEqual(await Promise.all(puts), ["stored", "stored", "stored", "repeat", "stored"]);
});

Deno.test("a batch has 1,000 orders at most", async () => {
  const bench = new Bench();
  const puts = Array.from({ length: 2_300 }, (_, index) => bench.put(`${index}`));
  for (let batch = 0; batch < 3; batch++) await bench.answer();
  await Promise.all(puts);
  assert.deepEqual(bench.batches.map((batch) => batch.length), [1_000, 1_000, 300]);
});

Deno.test("so many batches as may are on their way at once, and the next follows whichever is done first", async () => {
  const answers: ((results: readonly ItemResult[]) => void)[] = [];
  const commits = new GroupCommit(() => new Promise((resolve) => answers.push(resolve)), {
    maxOrders: 1,
    maxUnderWay: 2,
  });
  const ends: string[] = [];
  for (const id of ["a", "b", "c"]) void commits.put(order(id), AT).then(() => ends.push(id));
  await settle();
  assert.equal(answers.length, 2);
  answers[1]!(["stored"]);
  await settle();
  assert.deepEqual([answers.length, ends], [3, ["b"]]);
  const closed = commits.close();
  answers[0]!(["stored"]);
  answers[2]!(["stored"]);
  await closed;
  assert.deepEqual(ends, ["b", "a", "c"]);
});

Deno.test("an order is not stored before its batch is", async () => {
  const bench = new Bench();
  let stored = false;
  const putting = bench.put("a").then(() => stored = true);
  await settle();
  assert.equal(stored, false);
  await bench.answer();
  await putting;
});

Deno.test("a conflict and a refusal are permanent, each for its own order only", async () => {
  const bench = new Bench();
  const puts = Promise.allSettled(["a", "b", "c"].map((id) => bench.put(id)));
  await bench.answer([{ conflict: order("a", 9) }, { refused: "a rule\n" }, "stored"]);
  const [conflict, refused, other] = await puts;
  assert.deepEqual(other, { status: "fulfilled", value: "stored" });
  assert.ok(conflict?.status === "rejected" && refused?.status === "rejected");
  assert.deepEqual([conflict.reason.kind, conflict.reason.reason], ["permanent", "order-id-conflict"]);
  assert.match(conflict.reason.message, /quantity is 9 there and 1 here/);
  assert.deepEqual([refused.reason.kind, refused.reason.reason], ["permanent", "refused"]);
  assert.equal(refused.reason.message, 'the order store refuses order_id "b": "a rule\\n"');
});

Deno.test("a batch that fails fails for each of its orders, and the next one is tried", async () => {
  const bench = new Bench();
  const failure = unavailable("away");
  const puts = Promise.allSettled([bench.put("a"), bench.put("b")]);
  await bench.answer(failure);
  assert.deepEqual(await puts, Array(2).fill({ status: "rejected", reason: failure }));
  const again = bench.put("a");
  await bench.answer();
  assert.equal(await again, "stored");
});

Deno.test("a put whose signal aborts before its batch begins is dropped, one in a batch is not", async () => {
  const bench = new Bench();
  const stop = new AbortController();
  const running = bench.put("a", stop.signal);
  await settle();
  const waiting = assert.rejects(bench.put("b", stop.signal), /stopping/);
  const other = bench.put("c");
  stop.abort(new Error("stopping"));
  await bench.answer();
  await bench.answer();
  await waiting;
  assert.deepEqual([await running, await other], ["stored", "stored"]);
  assert.deepEqual(bench.batches, [["a"], ["c"]]);
});

Deno.test("closing finishes what was put and takes no more", async () => {
  const bench = new Bench();
  const puts = [bench.put("a")];
  await settle();
  puts.push(bench.put("b"));
  let closed = false;
  const closing = bench.commits.close().then(() => closed = true);
  await assert.rejects(bench.put("c"), { kind: "unavailable", message: /is closed/ });
  await bench.answer();
  assert.equal(closed, false);
  await bench.answer();
  await closing;
  assert.deepEqual(await Promise.all(puts), ["stored", "stored"]);
});
