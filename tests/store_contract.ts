/** What every order store does, whatever it is made of. */
import assert from "node:assert/strict";
import { type Order, ORDER_DEFAULTS } from "@orderline/schemas";
import { openOrderStore } from "../consumer/order_store/open_order_store.ts";
import type { StoredOrder } from "./harness/stored_orders.ts";

/** A place for a store that is empty at first. */
export interface StorePlace {
  /** As in `ORDER_STORE_URL`. */
  readonly url: string;
  /** What another program finds there, at any time, in the order of `seq`. */
  rows(): StoredOrder[] | Promise<StoredOrder[]>;
}

/** Where the orders of a test come from. */
export const AT = { topic: "orders", partition: 3, offset: 17 };

/** The order of this number, which differs from all others in its id. */
export function order(index: number, changes: Partial<Order> = {}): Order {
  const order_id = `00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
  const timestamp = Date.UTC(2026, 0, 1, 12, 30, 0, 7);
  return {
    ...ORDER_DEFAULTS,
    order_id,
    user: "alice",
    item: "laptop",
    quantity: 1,
    price: 9.99,
    timestamp,
    priority: "normal",
    ...changes,
  };
}

/** What another program finds of an order: the table's columns, to which a later field must be added first. */
function asStored({ order_id, user, item, quantity, price, timestamp, priority }: Order) {
  const time = new Date(timestamp).toISOString();
  return { order_id, user, item, quantity, price, timestamp: time, priority, ...AT };
}

/** Orders are in the store, whole and in their order, when they are acknowledged; the next opening goes on. */
export async function acknowledgedOrdersAreThere({ url, rows }: StorePlace): Promise<void> {
  const odd = order(2_499, {
    user: "Zoë \u{1f600} \\ \" ' {a,b}",
    item: "null",
    price: null,
    timestamp: Date.UTC(9999, 11, 31, 23, 59, 59, 999),
    priority: "urgent",
  });
  const orders = [...Array.from({ length: 2_499 }, (_, index) => order(index, { price: index / 100 })), odd];
  const store = await openOrderStore(url);
  const answers = await Promise.all(orders.map((one) => store.put(one, AT)));
  assert.deepEqual([...new Set(answers)], ["stored"]);
  await store.probe();
  const stored = await rows();
  assert.deepEqual(
    stored.map(({ seq: _, ...one }) => one),
    orders.map(asStored),
    "before the store is closed, with nothing of the probe",
  );
  await store.close();

  const again = await openOrderStore(url);
  assert.equal(await again.put(odd, { ...AT, offset: 99 }), "repeat");
  assert.equal(await again.put(order(2_500), AT), "stored");
  await again.close();
  const more = await rows();
  assert.deepEqual(more.slice(0, -1), stored, "a repeat changes nothing");
  const seqs = more.map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    seqs.toSorted((one, other) => one - other).filter((seq, i, all) => seq !== all[i - 1]),
  );
}

/** The first order of an id stays: the same again is a repeat, other content a conflict, and others are stored. */
export async function theFirstOrderOfAnIdStays({ url, rows }: StorePlace): Promise<void> {
  const store = await openOrderStore(url);
  const first = order(0xabc);
  const shouted = { ...first, order_id: first.order_id.toUpperCase() };
  const different = { ...first, quantity: 2, price: null };
  const putAll = (orders: Order[]) => Promise.allSettled(orders.map((one) => store.put(one, AT)));
  const outcomes = [
    ...await putAll([first, different, shouted, order(1)]),
    ...await putAll([different, order(2), shouted, order(1), order(1, { user: "bob" })]),
  ].map((one) => one.status === "fulfilled" ? one.value : `${one.reason.kind} ${one.reason.reason}`);
  const conflict = "permanent order-id-conflict";
  assert.deepEqual(outcomes, [
    ...["stored", conflict, "repeat", "stored"],
    ...[conflict, "stored", "repeat", "repeat", conflict],
  ]);
  await assert.rejects(
    store.put(different, AT),
    /quantity is 1 there and 2 here, price is 9.99 there and null/,
  );
  await store.close();
  const stored = await rows();
  assert.deepEqual(
    stored.map(({ order_id }) => order_id),
    [0xabc, 1, 2].map((index) => order(index).order_id),
  );
  assert.equal(stored[0]!.quantity, 1);
}

/** Two stores in one place, with the same orders at once: each takes effect once, and no seq is given twice. */
export async function twoWritersShareTheStore({ url, rows }: StorePlace): Promise<void> {
  const stores = [await openOrderStore(url), await openOrderStore(url)];
  const orders = Array.from({ length: 1_000 }, (_, index) => order(index));
  const putUntilDone = async (store: typeof stores[number], one: Order) => {
    for (;;) {
      try {
        return await store.put(one, AT);
      } catch (error) {
        assert.equal((error as { kind?: unknown }).kind, "unavailable");
      }
    }
  };
  const outcomes: string[] = [];
  await Promise.all(stores.map(async (store, which) => {
    // The same orders at the same time, in opposite order: each could wait for what the other has.
    for (let at = 0; at < orders.length; at += 100) {
      const some = orders.slice(at, at + 100);
      const mine = which === 0 ? some : some.reverse();
      outcomes.push(...await Promise.all(mine.map((one) => putUntilDone(store, one))));
    }
  }));
  for (const store of stores) await store.close();
  assert.equal(outcomes.filter((outcome) => outcome === "stored").length, 1_000);
  assert.equal(outcomes.filter((outcome) => outcome === "repeat").length, 1_000);
  const stored = await rows();
  assert.equal(stored.length, 1_000);
  assert.equal(new Set(stored.map(({ seq }) => seq)).size, 1_000);
}

/** A store that closes finishes what was put, and takes no more. */
export async function aClosedStoreIsUnavailable({ url, rows }: StorePlace): Promise<void> {
  const store = await openOrderStore(url);
  const puts = Array.from({ length: 1_500 }, (_, index) => store.put(order(index), AT));
  const closing = store.close();
  await assert.rejects(store.put(order(9_999), AT), { kind: "unavailable", message: /is closed/ });
  await assert.rejects(store.probe(), { kind: "unavailable", message: /is closed/ });
  await Promise.all(puts);
  await closing;
  await store.close();
  assert.equal((await rows()).length, 1_500);
}
