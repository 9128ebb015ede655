/** The PostgreSQL store on a real PostgreSQL: how it is set up, and whom a rule of the database stops. */
import assert from "node:assert/strict";
import { openOrderStore } from "../consumer/order_store/open_order_store.ts";
import { type PostgresServer, withConnections } from "./harness/postgres_server.ts";
import { storedInPostgres } from "./harness/stored_in_postgres.ts";
import { AT, order, type StorePlace } from "./store_contract.ts";

export * from "./store_contract.ts";

/** A test of the contract, in a database that nobody has used. */
export function inDatabase(
  test: (place: StorePlace) => Promise<void>,
): (server: PostgresServer) => Promise<void> {
  return async (server) => {
    const url = await server.newDatabase();
    await test({ url, rows: () => storedInPostgres(url) });
  };
}

/** Four members that start in the same moment make one table between them, and all can store. */
export async function fourMembersStartAtOnce(server: PostgresServer): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const url = await server.newDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => openOrderStore(url)));
    const answers = await Promise.all(stores.map((store, index) => store.put(order(index), AT)));
    assert.deepEqual(answers, Array(4).fill("stored"));
    await Promise.all(stores.map((store) => store.close()));
  }
}

/** An order that breaks a rule of the database is refused, in whatever company it comes; the others are stored. */
export async function aRuleOfTheDatabaseRefusesOneOrder(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const store = await openOrderStore(url);
  await withConnections(url, async (owner) => {
    await owner.query(`ALTER TABLE orders ADD CONSTRAINT no_phones CHECK (item <> 'phone')`);
    await owner.query(`CREATE FUNCTION skip_gifts() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN IF NEW.item = ''gift'' THEN RETURN NULL; END IF; RETURN NEW; END'`);
    await owner.query(
      "CREATE TRIGGER no_gifts BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION skip_gifts()",
    );
  });
  const bad = new Map([
    [17, order(17, { item: "phone" })],
    [18, order(18, { user: "\0" })], // PostgreSQL's text cannot hold it
    [299, order(299, { item: "gift" })],
    [300, { ...order(300), order_id: "abc-123" }],
    [301, order(301, { timestamp: NaN })],
  ]);
  const orders = Array.from({ length: 400 }, (_, index) => bad.get(index) ?? order(index));
  const outcomes = await Promise.allSettled(orders.map((one) => store.put(one, AT)));
  const refused = outcomes.flatMap((one, index) => one.status === "rejected" ? [[index, one.reason]] : []);
  assert.deepEqual(refused.map(([index]) => index), [...bad.keys()]);
  for (const [, { kind, reason }] of refused) assert.deepEqual([kind, reason], ["permanent", "refused"]);
  assert.match(refused[0]![1].message, /violates check constraint \\"no_phones\\" \(SQLSTATE 23514\)/);
  assert.match(refused[2]![1].message, /the insert had no effect \(a trigger/);
  assert.equal((await storedInPostgres(url)).length, 395);
  await store.close();
}

/** A sequence that was set back, as by a restore, says nothing against the orders: they wait. */
export async function aSequenceThatWasSetBackDeadLettersNothing(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const store = await openOrderStore(url);
  await store.put(order(1), AT);
  const restart = (seq: number) =>
    withConnections(url, (owner) => owner.query(`ALTER TABLE orders ALTER seq RESTART WITH ${seq}`));
  await restart(1);
  await assert.rejects(store.put(order(2), AT), {
    kind: "unavailable",
    message: /"seq" was set back; set it/,
  });
  await restart(2);
  assert.equal(await store.put(order(2), AT), "stored");
  await store.close();
}

/** What is set up wrongly is refused at the start, with what to do, and without the password. */
export async function aWrongSetUpIsRefused(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const refuses = async (wrong: string, message: RegExp) => {
    await assert.rejects(openOrderStore(wrong), (error: Error) => {
      assert.equal(error.name, "OrderStoreError");
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  };
  await refuses(server.url("nowhere"), /"nowhere" does not exist \(SQLSTATE 3D000\); create it, or/);
  const stranger = url.replace("orderline@", "stranger:hunter2@");
  await refuses(stranger, /"stranger" does not exist \(SQLSTATE 28000\); check user and password/);
  await refuses(`${url}?sslmode=verify-full`, /The server does not support SSL connections/);

  await withConnections(url, async (owner) => {
    await owner.query("CREATE ROLE reader LOGIN");
    await owner.query("GRANT CONNECT ON DATABASE postgres TO reader");
  });
  const reader = url.replace("orderline@", "reader@");
  await refuses(
    reader,
    /permission denied for schema public \(SQLSTATE 42501\); the role needs SELECT and INSERT/,
  );
  await withConnections(
    url,
    (owner) => owner.query(`CREATE TABLE orders (order_id text PRIMARY KEY, "user" text)`),
  );
  await refuses(
    url,
    /its table "orders" is not ours: order_id is text, must be uuid, item is missing, must be text/,
  );
}

/** A password logs in, with whatever characters; a wrong one is refused at the start and not shown. */
export async function aPasswordIsAskedFor(server: PostgresServer): Promise<void> {
  const password = "p@ss/w:rd?#%&";
  await server.newRole("careful", password);
  const url = await server.newDatabase();
  const withPassword = (text: string) => url.replace("orderline@", `careful:${encodeURIComponent(text)}@`);
  const store = await openOrderStore(withPassword(password));
  assert.equal(await store.put(order(1), AT), "stored");
  await store.close();
  await assert.rejects(openOrderStore(withPassword("hunter2")), (error: Error) => {
    assert.match(
      error.message,
      /authentication failed for user "careful" \(SQLSTATE 28P01\); check user and/,
    );
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
}

/** A role that may read and insert, and no more, is enough where the table is there; so is a table with more columns. */
export async function aModestRoleIsEnough(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  await (await openOrderStore(url)).close();
  await withConnections(url, async (owner) => {
    await owner.query("CREATE ROLE modest LOGIN");
    await owner.query("GRANT SELECT, INSERT ON orders TO modest");
    await owner.query("ALTER TABLE orders ADD COLUMN stored_at timestamptz NOT NULL DEFAULT now()");
    await owner.query("ALTER ROLE modest SET synchronous_commit = off");
  });
  const modest = url.replace("orderline@", "modest@");
  const store = await openOrderStore(modest);
  assert.equal(await store.put(order(1), AT), "stored");
  assert.equal(await store.put(order(1), AT), "repeat");
  await store.probe();
  await store.close();
  const [setting] = await withConnections(
    modest,
    (connections) => connections.query<{ synchronous_commit: string }>("SHOW synchronous_commit"),
  );
  assert.equal(setting?.synchronous_commit, "on", "an order that is acknowledged is on the disk");
}

/** Whoever reads by rising `seq` misses nothing: no order turns up behind one that was already to be seen. */
export async function ordersTurnUpInTheOrderOfSeq(server: PostgresServer): Promise<void> {
  const url = await server.newDatabase();
  const stores = await Promise.all([openOrderStore(url), openOrderStore(url)]);
  let writing = true;
  const reading = withConnections(url, async (reader) => {
    let seen = 0;
    let looks = 0;
    for (let last = false; !last; looks++) {
      last = !writing;
      const [row] = await reader.query<{ fresh: number; all: number; max: number }>(
        `SELECT count(*) FILTER (WHERE seq > $1)::int AS fresh, count(*)::int AS all,
          coalesce(max(seq), 0)::int AS max FROM orders`,
        [seen],
      );
      following += row!.fresh;
      assert.equal(row!.all, following, "orders that a reader by seq has seen, and all that there are");
      seen = row!.max;
    }
    return looks;
  });
  let following = 0;
  const written = Promise.all(stores.map(async (store, which) => {
    for (let round = 0; round < 60; round++) {
      const base = (which * 60 + round) * 100;
      await Promise.all(Array.from({ length: 100 }, (_, index) => store.put(order(base + index), AT)));
    }
  })).finally(() => writing = false);
  const [looks] = await Promise.all([reading, written]);
  assert.ok(looks >= 20, "it was looked often enough");
  assert.equal(following, 12_000);
  await Promise.all(stores.map((store) => store.close()));
}
