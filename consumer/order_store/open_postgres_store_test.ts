import assert from "node:assert/strict";
import type { Failure } from "@orderline/lib/core/failure";
import { databaseName, openPostgresStore, whyNotOpen } from "./open_postgres_store.ts";
import { ORDER_STORE } from "./order_store.ts";
import type { PostgresConnections } from "./postgres_connections.ts";
import { WrongTableError } from "./postgres_trouble.ts";

const SECRET = "hunter2";
const URL_WITH_SECRETS = `postgres://me:${SECRET}@db:5433/orders?password=${SECRET}&sslmode=verify-full`;

function coded(code: string, message = "no"): Error {
  return Object.assign(new Error(message), { code });
}

/** A database whose every statement fails with `error`. */
function failing(error: Error, log: string[] = []): () => PostgresConnections {
  return () => ({
    query: () => Promise.reject(error),
    close: () => Promise.resolve(void log.push("closed")),
  });
}

Deno.test("a database is named by host, port and name, without user, password and parameters", () => {
  assert.equal(databaseName(URL_WITH_SECRETS), '"postgres://db:5433/orders"');
  assert.equal(databaseName("postgresql://[::1]/orders"), '"postgres://[::1]/orders"');
});

Deno.test("what is no URL is refused without showing it", () => {
  assert.throws(() => databaseName(`postgres://me:${SECRET}/x@db:port/orders`), (error: Error) => {
    assert.equal(error.name, "OrderStoreError");
    assert.match(error.message, /percent-encoded/);
    assert.doesNotMatch(error.message, new RegExp(SECRET));
    return true;
  });
});

Deno.test("a server that is away counts as opened, and is unavailable without its password", async () => {
  for (const code of ["ECONNREFUSED", "57P03", "53300", "25006"]) {
    const store = await openPostgresStore(URL_WITH_SECRETS, failing(coded(code)));
    await assert.rejects(store.probe(), (error: Failure) => {
      assert.deepEqual([error.kind, error.dependency], ["unavailable", ORDER_STORE]);
      assert.match(error.message, /^the order store "postgres:\/\/db:5433\/orders" cannot be written: no/);
      assert.doesNotMatch(error.message, new RegExp(SECRET));
      return true;
    });
    await store.close();
  }
});

Deno.test("a database that is set up wrongly is an error, and its connections are closed", async () => {
  const log: string[] = [];
  await assert.rejects(openPostgresStore(URL_WITH_SECRETS, failing(coded("3D000"), log)), {
    name: "OrderStoreError",
    exitCode: 2,
    message:
      /cannot use the order store "postgres:\/\/db:5433\/orders": no \(SQLSTATE 3D000\); create it, or/,
  });
  assert.deepEqual(log, ["closed"]);
});

Deno.test("every mistake of the set-up is explained", () => {
  const why = (error: Error) => whyNotOpen("db", error);
  assert.match(
    why(coded("28P01", "password authentication failed")),
    /failed \(SQLSTATE 28P01\); check user and/,
  );
  assert.match(why(coded("42501")), /the role needs SELECT and INSERT/);
  assert.match(why(new WrongTableError("its table differs")), /its table differs; name another database/);
  assert.match(why(coded("XX000", "odd")), /cannot use the order store db: odd \(SQLSTATE XX000\)$/);
});
