import assert from "node:assert/strict";
import { openSqliteStore, sqlitePath, whyNotOpen } from "./open_sqlite_store.ts";
import type { SqliteReply } from "./sqlite_session.ts";
import { SqliteStore } from "./sqlite_store.ts";

Deno.test("a sqlite URL names a path, relative or absolute", () => {
  assert.equal(sqlitePath("sqlite:./data/orders.db"), "./data/orders.db");
  assert.equal(sqlitePath("sqlite:orders.db"), "orders.db");
  assert.equal(sqlitePath("sqlite:/var/lib/orders.db"), "/var/lib/orders.db");
  assert.equal(sqlitePath("SQLite:///var/lib/orders.db"), "/var/lib/orders.db");
});

Deno.test("what names no file is refused with an example of a good one", () => {
  for (const url of ["sqlite:", "sqlite::memory:", "sqlite://host/a.db", "sqlite:a.db?mode=ro"]) {
    assert.throws(() => sqlitePath(url), {
      name: "OrderStoreError",
      message: /must be like sqlite:\.\/data\/orders\.db/,
    });
  }
});

Deno.test("every trouble at the start is explained", () => {
  const why = (message: string, errcode?: number, name = "Error") =>
    whyNotOpen("a.db", errcode === undefined ? { name, message } : { name, message, errcode });
  assert.match(why("attempt to write a readonly database", 8), /can be read but not written/);
  assert.match(why("malformed", 11), /damaged \(malformed\)/);
  assert.match(why("x", 13), /the disk is full/);
  assert.match(why("x", 26), /no SQLite database/);
  assert.match(
    why("its table differs", undefined, "WrongTableError"),
    /its table differs; name another file/,
  );
  assert.match(why("Requires write access", undefined, "NotCapable"), /started without leave to use it/);
  assert.match(why("unable to open database file: a.db"), /it is a directory, or may not be read/);
  assert.match(why("odd"), /cannot use the order store "a.db": odd/);
});

/** A store whose thread answers everything with `reply`. */
function storeThatSays(reply: SqliteReply, log: string[] = []): (path: string) => SqliteStore {
  return (path) =>
    new SqliteStore(path, () => ({
      dead: false,
      ask: ({ kind }) => {
        log.push(kind);
        return Promise.resolve(reply);
      },
      stop: () => void log.push("stop"),
    }));
}

Deno.test("a file that another process has locked counts as opened", async () => {
  for (const errcode of [5, 6, 261]) {
    const trouble = { name: "Error", message: "database is locked", errcode };
    const store = await openSqliteStore("sqlite:a.db", storeThatSays({ ok: false, trouble }));
    await assert.rejects(store.probe(), { name: "Failure", kind: "unavailable" });
  }
});

Deno.test("a file that cannot be used is an error, and its thread is ended", async () => {
  const log: string[] = [];
  const trouble = { name: "Error", message: "file is not a database", errcode: 26 };
  const opening = openSqliteStore("sqlite:a.db", storeThatSays({ ok: false, trouble }, log));
  await assert.rejects(opening, { name: "OrderStoreError", message: /no SQLite database/ });
  assert.deepEqual(log, ["probe", "close", "stop"]);
});
