import assert from "node:assert/strict";
import { openOrderStore } from "./open_order_store.ts";

Deno.test("a URL of another kind is refused with examples of good ones, without showing the password", async () => {
  for (const url of ["", "./data/orders.db", "mysql://me:hunter2@db/orders"]) {
    await assert.rejects(openOrderStore(url), (error: Error) => {
      assert.equal(error.name, "OrderStoreError");
      assert.match(
        error.message,
        /like sqlite:\.\/data\/orders\.db or postgres:\/\/user:password@host:5432\/orders/,
      );
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});

Deno.test("a scheme is known however it is spelled", async () => {
  await assert.rejects(openOrderStore("SQLite:"), { name: "OrderStoreError", message: /no path of a file/ });
});
