import { DatabaseSync } from "node:sqlite";

/** Orders as they add up; money in whole cents, since a sum of doubles is not exact. */
export interface Totals {
  readonly orders: number;
  readonly pieces: number;
  readonly cents: number;
}

/** What the order store holds. */
export interface StoreContents {
  readonly purchases: Totals;
  readonly extras: { readonly orders: number; readonly withoutPrice: number; readonly lowPriority: number };
}

/** The purchases are those of the sample's customers, `cdnow-00001` and so on. */
const PURCHASE = "user GLOB 'cdnow-*'";

/** How many orders the store holds now; 0 while there is no table. */
export function countStored(file: string): number {
  try {
    return query(file, (db) => number(db.prepare("SELECT count(*) AS n FROM orders").get()?.["n"]));
  } catch {
    return 0;
  }
}

/** Adds up what the store holds. */
export function readStore(file: string): StoreContents {
  return query(file, (db) => {
    const purchases = db.prepare(
      `SELECT count(*) AS orders, sum(quantity) AS pieces, sum(quantity * CAST(round(price * 100) AS INTEGER)) AS cents
       FROM orders WHERE ${PURCHASE}`,
    ).get();
    const extras = db.prepare(
      `SELECT count(*) AS orders, sum(price IS NULL) AS withoutPrice, sum(priority = 'low') AS lowPriority
       FROM orders WHERE NOT ${PURCHASE}`,
    ).get();
    return {
      purchases: {
        orders: number(purchases?.["orders"]),
        pieces: number(purchases?.["pieces"]),
        cents: number(purchases?.["cents"]),
      },
      extras: {
        orders: number(extras?.["orders"]),
        withoutPrice: number(extras?.["withoutPrice"]),
        lowPriority: number(extras?.["lowPriority"]),
      },
    };
  });
}

function query<T>(file: string, ask: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return ask(db);
  } finally {
    db.close();
  }
}

function number(value: unknown): number {
  return Number(value ?? 0);
}
