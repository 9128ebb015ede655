import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Order, ORDER_DEFAULTS } from "@orderline/schemas";
import { settle } from "@orderline/lib/testing/test_clock";
import { type SqliteReply, type SqliteRequest, SqliteSession } from "./sqlite_session.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { SqliteTable } from "./sqlite_table.ts";
import type { SqliteThread } from "./sqlite_thread.ts";

const AT = { topic: "orders", partition: 0, offset: 1 };
const LOCKED: SqliteReply = {
  ok: false,
  trouble: { name: "Error", message: "database is locked", errcode: 5 },
};

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

/** A store whose thread answers, from a table in memory, when the test says so. */
class Bench {
  /** How many rows each `put` had, and every other request by its name. */
  readonly asked: (number | string)[] = [];
  threads = 0;
  #unanswered: (() => void)[] = [];
  #dead = false;
  #instead: SqliteReply | undefined;
  readonly #session = new SqliteSession("orders.db", () => new SqliteTable(new DatabaseSync(":memory:")));
  readonly store = new SqliteStore("orders.db", () => this.#thread());

  /** Answers what was asked so far: truly, or with `instead`. */
  async answer(instead?: SqliteReply): Promise<void> {
    await settle();
    this.#instead = instead;
    for (const answer of this.#unanswered.splice(0)) answer();
    await settle();
  }

  /** Answers all that is asked until nothing is any more. */
  async answerAll(): Promise<void> {
    do await this.answer(); while (this.#unanswered.length > 0);
  }

  async die(): Promise<void> {
    await settle();
    this.#dead = true;
    await this.answer({ ok: false, trouble: { name: "WorkerError", message: "out of memory" } });
  }

  #thread(): SqliteThread {
    this.threads++;
    this.#dead = false;
    const isDead = () => this.#dead;
    return {
      get dead() {
        return isDead();
      },
      ask: (request: SqliteRequest) => {
        this.asked.push(request.kind === "put" ? request.rows.length : request.kind);
        return new Promise((resolve) =>
          this.#unanswered.push(() => resolve(this.#instead ?? this.#session.answer(request)))
        );
      },
      stop: () => void this.asked.push("stop"),
    };
  }
}

Deno.test("a conflict and a refusal are permanent, each for its own order only", async () => {
  const bench = new Bench();
  const puts = [order("a"), order("a", 9), order("b", 1.5), order("c")].map((one) =>
    bench.store.put(one, AT)
  );
  await bench.answerAll();
  const [stored, conflict, refused, other] = await Promise.allSettled(puts);
  assert.deepEqual([stored, other], Array(2).fill({ status: "fulfilled", value: "stored" }));
  assert.ok(conflict?.status === "rejected" && refused?.status === "rejected");
  assert.deepEqual([conflict.reason.kind, conflict.reason.reason], ["permanent", "order-id-conflict"]);
  assert.match(conflict.reason.message, /quantity is 1 there and 9 here/);
  assert.deepEqual([refused.reason.kind, refused.reason.reason], ["permanent", "refused"]);
});

Deno.test("a transaction that fails is unavailable for each of its orders, and the next one is tried", async () => {
  const bench = new Bench();
  const failed = Promise.allSettled([bench.store.put(order("a"), AT), bench.store.put(order("b"), AT)]);
  await bench.answer(LOCKED);
  for (const put of await failed) {
    assert.ok(put.status === "rejected");
    assert.equal(put.reason.kind, "unavailable");
    assert.match(put.reason.message, /the order store "orders.db" cannot be written: database is locked/);
  }
  const again = bench.store.put(order("a"), AT);
  await bench.answerAll();
  assert.equal(await again, "stored");
});

Deno.test("a database that is broken for good is unavailable too: that says nothing against the order", async () => {
  const bench = new Bench();
  const put = assert.rejects(bench.store.put(order("a"), AT), { kind: "unavailable" });
  await bench.answer({ ok: false, trouble: { name: "Error", message: "malformed", errcode: 11 } });
  await put;
});

Deno.test("when the thread dies its orders are unavailable, and the next put starts another", async () => {
  const bench = new Bench();
  const lost = assert.rejects(bench.store.put(order("a"), AT), {
    kind: "unavailable",
    message: /out of memory/,
  });
  await bench.die();
  await lost;
  assert.equal(bench.threads, 1);
  const again = bench.store.put(order("a"), AT);
  await bench.answerAll();
  assert.equal(await again, "stored");
  assert.equal(bench.threads, 2);
});

Deno.test("closing finishes what was put, closes the file, ends the thread, and does so once", async () => {
  const bench = new Bench();
  const puts = [bench.store.put(order("a"), AT)];
  await settle();
  puts.push(bench.store.put(order("b"), AT));
  const closing = Promise.all([bench.store.close(), bench.store.close()]);
  await assert.rejects(bench.store.put(order("c"), AT), { kind: "unavailable", message: /is closed/ });
  await assert.rejects(bench.store.probe(), { kind: "unavailable", message: /is closed/ });
  await bench.answerAll();
  assert.deepEqual(await Promise.all(puts), ["stored", "stored"]);
  await closing;
  await bench.store.close();
  assert.deepEqual(bench.asked, [1, 1, "close", "stop"]);
});

Deno.test("a store that was never used closes without starting a thread", async () => {
  const bench = new Bench();
  await bench.store.close();
  assert.equal(bench.threads, 0);
});

Deno.test("a probe says whether the store can be written, and heeds its signal", async () => {
  const bench = new Bench();
  const good = bench.store.probe();
  await bench.answerAll();
  await good;
  const bad = assert.rejects(bench.store.probe(), { kind: "unavailable", message: /database is locked/ });
  await bench.answer(LOCKED);
  await bad;
  await assert.rejects(bench.store.probe(AbortSignal.abort(new Error("stopping"))), /stopping/);
});
