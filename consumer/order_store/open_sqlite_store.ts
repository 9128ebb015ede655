import { shown } from "@orderline/lib/core/shown";
import type { OrderStore } from "./order_store.ts";
import { OrderStoreError } from "./order_store_error.ts";
import type { SqliteTrouble } from "./sqlite_session.ts";
import { SqliteStore } from "./sqlite_store.ts";

/** SQLite's primary result codes BUSY and LOCKED: someone else holds the file, and will let go of it. */
const HELD_BY_ANOTHER = new Set([5, 6]);

/**
 * Opens the SQLite file that a URL names, creating what is missing. A file that another process has locked counts
 * as opened: every put then tries again.
 *
 * @param url `sqlite:` and a path, relative to the current folder or absolute.
 * @throws {OrderStoreError} when the URL names no file or the file cannot be used.
 */
export async function openSqliteStore(
  url: string,
  openSqlite: (path: string) => SqliteStore = (path) => new SqliteStore(path),
): Promise<OrderStore> {
  const path = sqlitePath(url);
  const store = openSqlite(path);
  const trouble = await store.tryOpen();
  if (!trouble || HELD_BY_ANOTHER.has((trouble.errcode ?? 0) & 0xff)) return store;
  await store.close();
  throw new OrderStoreError(whyNotOpen(path, trouble));
}

/** The path in a `sqlite:` URL. */
export function sqlitePath(url: string): string {
  const rest = url.slice("sqlite:".length);
  const path = rest.startsWith("///") ? rest.slice(2) : rest;
  // SQLite and Deno read these as a database in memory, a query or a host, where a file is meant.
  if (path === "" || path.startsWith(":") || path.startsWith("//") || /[?#\0]/.test(path)) {
    throw new OrderStoreError(
      `ORDER_STORE_URL: ${shown(rest)} is no path of a file; it must be like sqlite:./data/orders.db or ` +
        "sqlite:/var/lib/orders.db",
    );
  }
  return path;
}

/** Explains why a file could not be opened as the order store. */
export function whyNotOpen(path: string, { name, message, errcode }: SqliteTrouble): string {
  const what = `cannot use the order store ${shown(path)}: `;
  switch ((errcode ?? 0) & 0xff) {
    case 8:
      return `${what}it can be read but not written; change the permissions of the file and its folder`;
    case 11:
      return `${what}the file is damaged (${message}); put back a copy, or move it away to begin a new one`;
    case 13:
      return `${what}the disk is full`;
    case 26:
      return `${what}the file is no SQLite database; name another file in ORDER_STORE_URL`;
  }
  if (name === "WrongTableError") {
    return `${what}${message}; name another file in ORDER_STORE_URL, or move this one away`;
  }
  if (name === "NotCapable") return `${what}this process was started without leave to use it (${message})`;
  if (message.startsWith("unable to open database file")) {
    return `${what}it is a directory, or may not be read and written by this user`;
  }
  return `${what}${message}`;
}
