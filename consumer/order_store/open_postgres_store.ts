import { shown } from "@orderline/lib/core/shown";
import type { OrderStore } from "./order_store.ts";
import { OrderStoreError } from "./order_store_error.ts";
import type { PostgresConnections } from "./postgres_connections.ts";
import { PostgresStore } from "./postgres_store.ts";
import { isAway, whyOf, WrongTableError } from "./postgres_trouble.ts";

/**
 * Opens the PostgreSQL database that a URL names, creating the table where it is missing. A server that is away
 * counts as opened: every put then tries again.
 *
 * @throws {OrderStoreError} when the URL is none or the database cannot be used as it is; never shows a password.
 */
export async function openPostgresStore(
  url: string,
  connect: (url: string) => PostgresConnections,
): Promise<OrderStore> {
  const name = databaseName(url);
  const store = new PostgresStore(name, connect(url));
  try {
    await store.open();
  } catch (error) {
    if (!isAway(error)) {
      await store.close();
      throw new OrderStoreError(whyNotOpen(name, error));
    }
  }
  return store;
}

/** The database as people may see it: host, port and name, without user, password and parameters. */
export function databaseName(url: string): string {
  if (!URL.canParse(url)) {
    throw new OrderStoreError(
      "ORDER_STORE_URL is no URL; it must be like postgres://user:password@host:5432/orders, with what is special " +
        "in user or password percent-encoded (@ is %40, / is %2F)",
    );
  }
  const { host, pathname } = new URL(url);
  return shown(`postgres://${host}${pathname}`);
}

/** Explains why a database could not be opened as the order store. */
export function whyNotOpen(name: string, error: unknown): string {
  const what = `cannot use the order store ${name}: ${whyOf(error)}`;
  if (error instanceof WrongTableError) {
    return `${what}; name another database in ORDER_STORE_URL, or move this table away`;
  }
  const code = String((error as { readonly code?: unknown } | null)?.code);
  if (/^28/.test(code)) {
    return `${what}; check user and password in ORDER_STORE_URL, and the server's pg_hba.conf`;
  }
  if (code === "3D000") return `${what}; create it, or name another one in ORDER_STORE_URL`;
  if (code === "42501") {
    return `${what}; the role needs SELECT and INSERT on the table "orders", and CREATE on the schema to make it`;
  }
  return what;
}
