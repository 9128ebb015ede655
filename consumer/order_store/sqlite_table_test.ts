import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type OrderRow, SqliteTable } from "./sqlite_table.ts";

const TIME = Date.UTC(2026, 0, 1, 12, 30, 0, 7);

function row(
  id: string,
  changes: { quantity?: number; timestamp?: number; price?: number | null } = {},
): OrderRow {
  const { quantity = 1, timestamp = TIME, price = 9.99 } = changes;
  return [id, "alice", "laptop", quantity, price, timestamp, "normal", "orders", 2, 17];
}

/** A table in memory, with a way to look inside. */
function table(): { table: SqliteTable; query: (sql: string) => Record<string, unknown>[] } {
  const db = new DatabaseSync(":memory:", { timeout: 1 });
  return {
    table: new SqliteTable(db),
    query: (sql) => db.prepare(sql).all().map((one) => ({ ...one })),
  };
}

Deno.test("an order is stored with all its fields, its place, its time as text and the next seq", () => {
  const { table: orders, query } = table();
  assert.deepEqual(orders.putAll([row("A-1"), row("b-2", { price: null })]), ["stored", "stored"]);
  assert.deepEqual(query("SELECT * FROM orders ORDER BY seq"), [
    {
      order_id: "a-1",
      user: "alice",
      item: "laptop",
      quantity: 1,
      price: 9.99,
      timestamp: "2026-01-01T12:30:00.007Z",
      priority: "normal",
      topic: "orders",
      partition: 2,
      offset: 17,
      seq: 1,
    },
    { ...query("SELECT * FROM orders WHERE seq = 1")[0], order_id: "b-2", price: null, seq: 2 },
  ]);
});

Deno.test("the same order again is a repeat without effect, in the same batch and later, however its id is spelled", () => {
  const { table: orders, query } = table();
  assert.deepEqual(orders.putAll([row("a-1"), row("A-1"), row("c-3")]), ["stored", "repeat", "stored"]);
  assert.deepEqual(orders.putAll([row("A-1"), row("d-4")]), ["repeat", "stored"]);
  assert.deepEqual(query("SELECT order_id, seq FROM orders ORDER BY seq"), [
    { order_id: "a-1", seq: 1 },
    { order_id: "c-3", seq: 2 },
    { order_id: "d-4", seq: 3 },
  ]);
});

Deno.test("other content under the same id is a conflict, changes nothing, and the rest of the batch is stored", () => {
  const { table: orders, query } = table();
  orders.putAll([row("a-1")]);
  const [before, conflict, after] = orders.putAll([row("b-2"), row("a-1", { quantity: 9 }), row("c-3")]);
  assert.deepEqual([before, after], ["stored", "stored"]);
  assert.deepEqual(conflict, {
    conflict: {
      user: "alice",
      item: "laptop",
      quantity: 1,
      price: 9.99,
      timestamp: TIME,
      priority: "normal",
    },
  });
  assert.deepEqual(query("SELECT quantity FROM orders WHERE order_id = 'a-1'"), [{ quantity: 1 }]);
});

Deno.test("a row that the table cannot hold is refused, and the rest of the batch is stored", () => {
  const { table: orders, query } = table();
  query(
    "CREATE TRIGGER t BEFORE INSERT ON orders WHEN new.quantity > 100 BEGIN SELECT RAISE(ABORT, 'too many'); END",
  );
  const results = orders.putAll([
    row("a-1", { timestamp: 1e300 }),
    row("b-2", { quantity: 1.5 }),
    row("c-3", { quantity: 101 }),
    row("d-4"),
  ]);
  const reasons = results.map((result) =>
    typeof result === "object" && "refused" in result ? result.refused : result
  );
  assert.match(String(reasons[0]), /Invalid time value/);
  assert.match(String(reasons[1]), /cannot store REAL value in INTEGER column/);
  assert.match(String(reasons[2]), /too many/);
  assert.equal(reasons[3], "stored");
  assert.deepEqual(query("SELECT order_id, seq FROM orders"), [{ order_id: "d-4", seq: 1 }]);
});

Deno.test("a trigger that leaves a row out refuses it; one that rolls back fails the batch, which stores nothing", () => {
  const { table: orders, query } = table();
  const trigger = (name: string, quantity: number, raise: string) =>
    query(
      `CREATE TRIGGER ${name} BEFORE INSERT ON orders WHEN new.quantity = ${quantity} BEGIN SELECT RAISE(${raise}); END`,
    );
  trigger("leave_out", 7, "IGNORE");
  trigger("roll_back", 8, "ROLLBACK, 'not this one'");
  assert.deepEqual(orders.putAll([row("a-1", { quantity: 7 }), row("b-2")]), [
    { refused: "the insert had no effect (a trigger of the table?)" },
    "stored",
  ]);
  assert.throws(() => orders.putAll([row("c-3"), row("d-4", { quantity: 8 }), row("e-5")]), /not this one/);
  assert.deepEqual(query("SELECT order_id FROM orders"), [{ order_id: "b-2" }]);
});

Deno.test("a database that gives out in the middle of a batch stores nothing of it, and works again afterwards", () => {
  const { table: orders, query } = table();
  orders.putAll([row("a-1")]);
  const [{ page_count }] = query("PRAGMA page_count") as [{ page_count: number }];
  query(`PRAGMA max_page_count = ${page_count + 1}`);
  const many = Array.from({ length: 500 }, (_, index) => row(`many-${index}`));
  assert.throws(() => orders.putAll(many), { errcode: 13 });
  assert.deepEqual(query("SELECT count(*) AS n FROM orders"), [{ n: 1 }]);
  query("PRAGMA max_page_count = 100000");
  assert.ok(orders.putAll(many).every((result) => result === "stored"));
});

Deno.test("an error that is not the row's fails the batch and is undone, though the transaction is still open", () => {
  const { table: orders, query } = table();
  // Fails when it runs, and not when it is compiled: by then the first row is in.
  query(
    "CREATE TRIGGER t AFTER INSERT ON orders WHEN new.quantity = 7 BEGIN SELECT json('{'); END",
  );
  assert.throws(() => orders.putAll([row("a-1"), row("b-2", { quantity: 7 })]), /malformed JSON/);
  assert.deepEqual(query("SELECT order_id FROM orders"), []);
  query("DROP TRIGGER t");
  assert.deepEqual(orders.putAll([row("a-1")]), ["stored"]);
});

Deno.test("a commit waits for the disk, and a lock is not waited for long", () => {
  const { query } = table();
  assert.deepEqual(query("PRAGMA synchronous"), [{ synchronous: 2 }]);
  assert.deepEqual(query("PRAGMA busy_timeout"), [{ timeout: 200 }]);
});

Deno.test("a table with other columns is refused and left as it is", () => {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE orders (order_id TEXT PRIMARY KEY, amount INTEGER)");
  assert.throws(() => new SqliteTable(db), {
    name: "WrongTableError",
    message: /other columns \(order_id, amount\) than this version writes \(order_id, user, .*, seq\)/,
  });
});
