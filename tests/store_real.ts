import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Order } from "@orderline/schemas";
import { openOrderStore } from "../consumer/order_store/open_order_store.ts";
import { SqliteStore } from "../consumer/order_store/sqlite_store.ts";
import { startSqliteThread } from "../consumer/order_store/sqlite_thread.ts";
import { openInput } from "../producer/order_source_input.ts";
import { readOrders, type RejectedLine } from "../producer/order_source.ts";
import { openRejects } from "../producer/rejects.ts";
import { storedOrders } from "./harness/stored_orders.ts";
import { AT, order, type StorePlace } from "./store_contract.ts";

export * from "./store_contract.ts";

/** A test of the contract, on a file in a folder that is not there yet. */
export function inFile(test: (place: StorePlace) => Promise<void>): (dir: string) => Promise<void> {
  return (dir) => {
    const path = `${dir}/new/folder/orders.db`;
    return test({ url: `sqlite:${path}`, rows: () => storedOrders(path) });
  };
}

/** A reader is never in the way of a writer, and of a store that was closed one file is left. */
export async function aClosedStoreIsOneFile(dir: string): Promise<void> {
  const store = await openOrderStore(`sqlite:${dir}/orders.db`);
  await store.put(order(1), AT);
  const reader = new DatabaseSync(`${dir}/orders.db`, { readOnly: true });
  assert.equal(reader.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "wal");
  reader.close();
  await store.close();
  assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), ["orders.db"]);
}

/** A database that another process holds is unavailable, at the start too, and works as soon as it is let go. */
export async function aLockedDatabaseIsUnavailableUntilItIsFree(dir: string): Promise<void> {
  const path = `${dir}/locked.db`;
  await (await openOrderStore(`sqlite:${path}`)).close();
  const other = new DatabaseSync(path);
  other.exec("BEGIN EXCLUSIVE");
  const store = await openOrderStore(`sqlite:${path}`);
  await assert.rejects(store.put(order(1), AT), { kind: "unavailable", message: /database is locked/ });
  await assert.rejects(store.probe(), { kind: "unavailable" });
  other.exec("COMMIT");
  await store.probe();
  assert.equal(await store.put(order(1), AT), "stored");
  other.exec("BEGIN IMMEDIATE");
  await assert.rejects(store.put(order(2), AT), { kind: "unavailable" });
  other.exec("ROLLBACK");
  other.close();
  assert.equal(await store.put(order(2), AT), "stored");
  await store.close();
}

/** While a transaction waits for a lock in the worker, this thread goes on: its heartbeats depend on it. */
export async function theEventLoopNeverWaitsForTheDisk(dir: string): Promise<void> {
  const path = `${dir}/busy.db`;
  const store = await openOrderStore(`sqlite:${path}`);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const failing = assert.rejects(store.put(order(1), AT), { kind: "unavailable" });
  await failing;
  clearInterval(timer);
  other.close();
  await store.close();
  assert.ok(turns >= 10, `${turns} turns of 5 ms in the 200 ms that the worker waited`);
}

/** A worker that dies takes no order with it unnoticed, ends nothing else, and is replaced. */
export async function aWorkerThatDiesIsReplaced(dir: string): Promise<void> {
  const path = `${dir}/dies.db`;
  const dying = "data:application/javascript,onmessage = () => { throw new Error('out of memory') }";
  let started = 0;
  const store = new SqliteStore(
    path,
    (one) =>
      ++started > 1
        ? startSqliteThread(one)
        : startSqliteThread(one, () => new Worker(dying, { type: "module" })),
  );
  await assert.rejects(store.put(order(1), AT), {
    kind: "unavailable",
    message: /the order store's worker failed: Uncaught Error: out of memory/,
  });
  assert.equal(await store.put(order(1), AT), "stored");
  assert.equal(started, 2);
  await store.close();
  assert.equal(storedOrders(path).length, 1);
}

/** What cannot be an order store is refused at the start, and left as it is. */
export async function whatIsNoOrderStoreIsRefused(dir: string): Promise<void> {
  const text = `${dir}/text.db`;
  await Deno.writeTextFile(text, "no database at all\n".repeat(100));
  await assert.rejects(openOrderStore(`sqlite:${text}`), {
    name: "OrderStoreError",
    message: /no SQLite database/,
  });
  assert.match(await Deno.readTextFile(text), /^(?:no database at all\n){100}$/);
  await assert.rejects(openOrderStore(`sqlite:${dir}`), {
    name: "OrderStoreError",
    message: /it is a directory/,
  });
  await assert.rejects(openOrderStore(`sqlite:${text}/orders.db`), { name: "OrderStoreError" });
  const other = `${dir}/other.db`;
  const db = new DatabaseSync(other);
  db.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
  db.close();
  await assert.rejects(openOrderStore(`sqlite:${other}`), {
    name: "OrderStoreError",
    message: /other columns \(id\)/,
  });
}

/** A rejects file is made at the first reject, added to, and once mended is input that gives all the orders. */
export async function aRejectsFileCanBeMendedAndFedAgain(dir: string): Promise<void> {
  const source = `${dir}/orders.ndjson`;
  const path = `${dir}/rejects/first.ndjson`;
  await Deno.writeFile(
    source,
    new TextEncoder().encode('{"n":1}\n{"n":"two"}\n{"n":3\n[4]\n'),
  );
  const parse = (value: unknown) => {
    const { n } = value as { n: unknown };
    return typeof n === "number"
      ? { ok: true, value: { n } as unknown as Order } as const
      : { ok: false, problems: [{ path: "n", message: "must be a number" }] } as const;
  };
  const readAll = async (file: string, rejectsPath: string) => {
    const input = await openInput(file);
    const rejects = await openRejects(rejectsPath, { input: input.identity });
    let orders = 0;
    for await (const items of readOrders(input.stream, { parse })) {
      const bad = items.filter((item): item is RejectedLine => item.kind === "reject");
      orders += items.length - bad.length;
      await rejects.write(bad);
    }
    rejects.close();
    return { orders, rejected: rejects.count };
  };
  assert.deepEqual(await readAll(source, path), { orders: 1, rejected: 3 });
  const mended = (await Deno.readTextFile(path))
    .replace('{"n":"two"}', '{"n":2}').replace('"{\\"n\\":3"', '"{\\"n\\":3}"').replace('"[4]"', '{"n":4}');
  await Deno.writeTextFile(path, mended.trimEnd());
  assert.deepEqual(await readAll(path, `${dir}/rejects/second.ndjson`), { orders: 3, rejected: 0 });
  await assert.rejects(Deno.stat(`${dir}/rejects/second.ndjson`), Deno.errors.NotFound);

  // The last line has lost its line break: what is added later must not be glued to it.
  assert.deepEqual(await readAll(source, path), { orders: 1, rejected: 3 });
  assert.equal((await Deno.readTextFile(path)).split("\n").filter((line) => line !== "").length, 6);
}

/** The rejects file is never the input, whatever it is called. */
export async function rejectsNeverGoIntoTheInput(dir: string): Promise<void> {
  const source = `${dir}/input.ndjson`;
  await Deno.writeTextFile(source, "bad\n");
  await Deno.symlink(source, `${dir}/link.ndjson`);
  await Deno.link(source, `${dir}/hard.ndjson`);
  const input = await openInput(source);
  await input.stream.cancel();
  for (
    const name of [
      "input.ndjson",
      "link.ndjson",
      "hard.ndjson",
      "../" + dir.split("/").at(-1) + "/input.ndjson",
    ]
  ) {
    await assert.rejects(openRejects(`${dir}/${name}`, { input: input.identity }), {
      name: "InputError",
      message: /it is the input itself/,
    });
  }
  await assert.rejects(openRejects(dir), { name: "InputError", message: /it is a directory/ });
  assert.equal(await Deno.readTextFile(source), "bad\n");
}

/** Input that cannot be read is explained. */
export async function inputThatCannotBeReadIsExplained(dir: string): Promise<void> {
  await assert.rejects(openInput(`${dir}/none.ndjson`), {
    name: "InputError",
    message: /there is no such file/,
  });
  await assert.rejects(openInput(dir), { name: "InputError", message: /it is a directory/ });
}
