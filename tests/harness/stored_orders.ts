import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";

/** An order as it lies in the store. */
export interface StoredOrder {
  readonly order_id: string;
  readonly user: string;
  readonly item: string;
  readonly quantity: number;
  readonly price: number | null;
  readonly timestamp: string;
  readonly priority: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly seq: number;
}

/** Every stored order in the order of its effect, as another program reads the file at any time. */
export function storedOrders(path: string): StoredOrder[] {
  return query(path, "SELECT * FROM orders ORDER BY seq") as unknown as StoredOrder[]; // the table is STRICT
}

/** Every user's orders took effect in the order in which they were sent, each once. */
export function assertOrderPerUser(
  stored: readonly StoredOrder[],
  sent: readonly { readonly order_id: string; readonly user: string }[],
): void {
  const byUser = Map.groupBy(sent, ({ user }) => user);
  for (const [user, effects] of Map.groupBy(stored, ({ user }) => user)) {
    const ids = effects.map(({ order_id }) => order_id);
    assert.deepEqual(
      ids,
      byUser.get(user)!.map(({ order_id }) => order_id),
      `the orders of ${user} keep their order`,
    );
  }
}

/** How many orders are stored; 0 while there is no store yet. */
export function storedCount(path: string): number {
  try {
    return Number(query(path, "SELECT coalesce(max(seq), 0) AS count FROM orders")[0]!["count"]);
  } catch {
    return 0;
  }
}

function query(path: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}
