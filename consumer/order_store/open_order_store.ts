import { shown } from "@orderline/lib/core/shown";
import { openPostgresStore } from "./open_postgres_store.ts";
import { openSqliteStore } from "./open_sqlite_store.ts";
import type { OrderStore } from "./order_store.ts";
import { OrderStoreError } from "./order_store_error.ts";

/**
 * Opens the store that `ORDER_STORE_URL` names, creating what is missing. One that is locked or away counts as
 * opened: every put then tries again.
 *
 * @throws {OrderStoreError} when the URL is none of ours or the store cannot be used as it is.
 */
export async function openOrderStore(url: string): Promise<OrderStore> {
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url) ?? [];
  switch (scheme?.toLowerCase()) {
    case "sqlite":
      return await openSqliteStore(url);
    case "postgres":
    case "postgresql": {
      // The driver reads the environment when it is loaded, and takes memory that SQLite's users need not spend.
      const { connectPostgres } = await import("./postgres_connections.ts");
      return await openPostgresStore(url, connectPostgres);
    }
  }
  // Shows no more of the URL than its scheme: there may be a password in it.
  const what = scheme === undefined ? "has no scheme" : `has the scheme ${shown(scheme)}`;
  throw new OrderStoreError(
    `ORDER_STORE_URL ${what}; it must be like sqlite:./data/orders.db or postgres://user:password@host:5432/orders`,
  );
}
