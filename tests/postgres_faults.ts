/** What becomes of the PostgreSQL store, and of the orders, when the server is killed, frozen, full or locked. */
import assert from "node:assert/strict";
import { openOrderStore } from "../consumer/order_store/open_order_store.ts";
import type { OrderStore } from "../consumer/order_store/order_store.ts";
import { connectPostgres } from "../consumer/order_store/postgres_connections.ts";
import { PostgresStore } from "../consumer/order_store/postgres_store.ts";
import { systemClock } from "../lib/core/clock.ts";
import { type PostgresServer, withConnections } from "./harness/postgres_server.ts";
import { storedInPostgres } from "./harness/stored_in_postgres.ts";
import { AT, order } from "./store_contract.ts";

const LANES = 100;
/** The defaults would make these tests last longer, and say no more. */
const IMPATIENT = { connectMs: 1_000, statementMs: 1_000 };

function impatient(url: string): PostgresStore {
  return new PostgresStore("impatient", connectPostgres(url, IMPATIENT));
}

/** Many lanes put orders one after another, and each order again until it is stored, as the consumer does. */
class Load {
  readonly unavailable: string[] = [];
  acknowledged = 0;
  stored = 0;
  #stopped = false;
  readonly #done: Promise<unknown>;

  constructor(store: OrderStore) {
    this.#done = Promise.all(Array.from({ length: LANES }, async (_, lane) => {
      for (let number = 0; !this.#stopped; number++) await this.#put(store, lane, number);
    }));
  }

  /** Waits until so many more are acknowledged. */
  async goesOn(orders: number): Promise<void> {
    const wanted = this.acknowledged + orders;
    const deadline = systemClock.monotonic() + 20_000;
    while (this.acknowledged < wanted) {
      assert.ok(systemClock.monotonic() < deadline, `${this.unavailable.at(-1)} and nothing more is stored`);
      await systemClock.sleep(10);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #put(store: OrderStore, lane: number, number: number): Promise<void> {
    for (;;) {
      try {
        const answer = await store.put(order(number * LANES + lane, { user: `user-${lane}` }), AT);
        this.acknowledged++;
        if (answer === "stored") this.stored++;
        return;
      } catch (error) {
        assert.equal((error as { kind?: unknown }).kind, "unavailable", String(error));
        this.unavailable.push((error as Error).message);
        await systemClock.sleep(50);
      }
    }
  }

  /** Each order has had one effect, and each user's in their order. */
  async assertOneEffectEach(url: string): Promise<void> {
    const rows = await storedInPostgres(url);
    assert.equal(rows.length, this.acknowledged);
    for (const [user, orders] of Map.groupBy(rows, (row) => row.user)) {
      const ids = orders.map(({ order_id }) => order_id);
      assert.deepEqual(
        ids,
        ids.map((_, number) => order(number * LANES + Number(user.slice(5))).order_id),
        user,
      );
    }
  }
}

/** Killed three times in the middle of its work and started again: orders wait, and the same store goes on. */
export async function killedInTheMiddle(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const store = await openOrderStore(url);
  const load = new Load(store);
  for (let kill = 0; kill < 3; kill++) {
    await load.goesOn(1_000);
    await store.probe(); // leaves an idle connection behind, beside the one that works
    const before = load.unavailable.length;
    await server.kill();
    await assert.rejects(store.probe(), { kind: "unavailable" });
    await systemClock.sleep(200);
    assert.ok(load.unavailable.length > before, "it was away");
    await server.start();
    await load.goesOn(1_000);
  }
  await store.probe();
  await load.stop();
  await store.close();
  await load.assertOneEffectEach(url);
  assert.match(load.unavailable.join("\n"), /cannot be written: .*ECONNREFUSED/);
  // A batch that was committed just before the kill, whose answer was lost with it, is a repeat.
  assert.ok(load.stored <= load.acknowledged && load.stored >= load.acknowledged - 3 * LANES);
}

/** A restart while nothing is put is noticed by no order: lost connections are replaced. */
export async function restartedWhileIdle(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const store = await openOrderStore(url);
  await Promise.all([store.put(order(1), AT), store.probe()]);
  await server.stop();
  await systemClock.sleep(100);
  await server.start();
  assert.equal(await store.put(order(2), AT), "stored");
  await store.close();
}

/** A server that stands still holds up nobody for longer than the time-outs, and is used again when it goes on. */
export async function frozen(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const [store, other] = [impatient(url), impatient(url)];
  await Promise.all([store.open(), other.open()]);
  await store.put(order(1), AT);
  server.freeze();
  try {
    const startedAt = systemClock.monotonic();
    const elapsed = () => systemClock.monotonic() - startedAt;
    const stop = new AbortController();
    const probing = assert.rejects(store.probe(stop.signal), /stopping/);
    stop.abort(new Error("stopping"));
    await probing;
    assert.ok(elapsed() < IMPATIENT.statementMs, "a probe ends with its signal");
    await Promise.all([
      assert.rejects(other.put(order(2), AT), { kind: "unavailable", message: /the server does not answer/ }),
      assert.rejects(store.probe(), {
        kind: "unavailable",
        message: /does not answer|no connection in time/,
      }),
    ]);
    assert.ok(elapsed() < IMPATIENT.statementMs + 2_000, `a put and a probe took ${elapsed()} ms`);
    const late = impatient(url);
    await assert.rejects(late.put(order(3), AT), { kind: "unavailable", message: /no connection in time/ });
    const closing = systemClock.monotonic();
    await Promise.all([late.close(), other.close()]);
    assert.ok(
      systemClock.monotonic() - closing < IMPATIENT.connectMs,
      "closing does not wait for the server",
    );
  } finally {
    server.thaw();
  }
  // The order that was given up may be stored or not: the connection was cut, not the statement.
  assert.match(await store.put(order(2), AT), /^(?:stored|repeat)$/);
  await store.close();
  assert.equal((await storedInPostgres(url)).length, 2);
}

/** A connection that is dead without a word, as behind a firewall that forgot it, costs one time-out and no more. */
export async function deadConnection(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const store = impatient(url);
  await store.open();
  const { pathname } = new URL(url);
  const [connection] = await server.admin((admin) =>
    admin.query<{ pid: number }>("SELECT pid FROM pg_stat_activity WHERE datname = $1", [pathname.slice(1)])
  );
  Deno.kill(connection!.pid, "SIGSTOP");
  try {
    await assert.rejects(store.put(order(1), AT), { kind: "unavailable", message: /does not answer/ });
    assert.equal(await store.put(order(1), AT), "stored");
  } finally {
    Deno.kill(connection!.pid, "SIGCONT");
  }
  await store.close();
}

/** Connections that are cut, as by a failover of a proxy or an administrator, are noticed by no order. */
export async function connectionsCut(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const store = await openOrderStore(url);
  const load = new Load(store);
  let cut = 0;
  for (let round = 0; round < 20; round++) {
    await load.goesOn(300);
    const [{ ended }] = await server.admin((admin) =>
      admin.query<{ ended: number }>(
        `SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity WHERE datname = $1`,
        [new URL(url).pathname.slice(1)],
      )
    ) as [{ ended: number }];
    cut += ended;
  }
  await load.goesOn(300);
  await load.stop();
  await store.close();
  assert.ok(cut >= 10, `${cut} connections were cut`);
  assert.deepEqual(load.unavailable, []);
  await load.assertOneEffectEach(url);
}

/** A server that has no connection left is away until it has. Started with room for three. */
export async function tooManyConnections(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  await (await openOrderStore(url)).close();
  const store = await withConnections(url, (one) =>
    withConnections(url, async (two) => {
      const held = [one, one, two].map((strangers) => strangers.query("SELECT pg_sleep(2)"));
      await systemClock.sleep(500);
      const store = await openOrderStore(url);
      await assert.rejects(store.put(order(1), AT), {
        kind: "unavailable",
        message: /too many clients already \(SQLSTATE 53300\)/,
      });
      await Promise.all(held);
      return store;
    }));
  assert.equal(await store.put(order(1), AT), "stored");
  await store.close();
}

/** A table that somebody has locked, and a database that was made read-only, are away until they are free. */
export async function lockedAndReadOnly(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const store = impatient(url);
  await store.open();
  await withConnections(url, async (stranger) => {
    const locked = stranger.query("DO $$ BEGIN LOCK TABLE orders; PERFORM pg_sleep(2); END $$");
    await systemClock.sleep(200);
    const startedAt = systemClock.monotonic();
    await assert.rejects(store.put(order(1), AT), {
      kind: "unavailable",
      message: /a statement took too long/,
    });
    assert.ok(systemClock.monotonic() - startedAt < 2_000, "not as long as the lock is held");
    await locked;
  });
  assert.equal(await store.put(order(1), AT), "stored");
  await store.close();

  const { pathname } = new URL(url);
  const readOnly = (value: string) =>
    server.admin((admin) =>
      admin.query(`ALTER DATABASE ${pathname.slice(1)} SET default_transaction_read_only = ${value}`)
    );
  await readOnly("on");
  const standby = await openOrderStore(url);
  await assert.rejects(standby.put(order(2), AT), { kind: "unavailable", message: /read-only transaction/ });
  await assert.rejects(standby.probe(), { kind: "unavailable", message: /read-only transaction/ });
  await standby.close();
  await readOnly("off");
  const again = await openOrderStore(url);
  assert.equal(await again.put(order(2), AT), "stored");
  await again.close();
}
