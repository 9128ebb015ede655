import { withConnections } from "./postgres_server.ts";
import type { StoredOrder } from "./stored_orders.ts";

/** Every stored order in the order of its effect, as another program finds it. @param url as the store's. */
export async function storedInPostgres(url: string): Promise<StoredOrder[]> {
  return await withConnections(
    url,
    (connections) =>
      connections.query<StoredOrder>(`SELECT order_id, "user", item, quantity, price::float8,
        to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS timestamp,
        priority, topic, "partition", "offset"::float8, seq::float8 FROM orders ORDER BY seq`),
  );
}

/** How many orders are stored. @param url as the store's. */
export async function countInPostgres(url: string): Promise<number> {
  const [found] = await withConnections(
    url,
    (connections) => connections.query<{ count: number }>("SELECT count(*)::int AS count FROM orders"),
  );
  return found!.count;
}
