import assert from "node:assert/strict";
import { type Order, ORDER_DEFAULTS } from "@orderline/schemas";
import { permanent } from "@orderline/lib/core/failure";
import type { OrderPlace, OrderStore, Stored } from "./order_store/order_store.ts";
import { createProcessOrder, describe } from "./process_order.ts";

const ORDER: Order = {
  ...ORDER_DEFAULTS,
  order_id: "abc-123",
  user: "alice",
  item: "laptop",
  quantity: 5,
  price: 999,
  timestamp: 0,
  priority: "normal",
};

/** Runs one order through, with a store that answers `stored`. */
async function run(order: Order, stored: () => Promise<Stored> = () => Promise.resolve("stored")) {
  const puts: [Order, OrderPlace, AbortSignal | undefined][] = [];
  const logged: string[] = [];
  const store: OrderStore = {
    put: (...put) => {
      puts.push([put[0], put[1], put[2]]);
      return stored();
    },
    probe: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const processOrder = createProcessOrder({
    store,
    log: { record: (message) => void logged.push(message()) },
    failItem: "test-failure",
  });
  const record = {
    topic: "orders",
    partition: 2,
    offset: 17,
    timestamp: 0,
    key: null,
    value: null,
    headers: [],
  };
  const { signal } = new AbortController();
  const result = await processOrder({ value: order, record }, { attempt: 1, deadline: 0, signal }).catch((
    error,
  ) => error);
  return { result, puts, logged, record, signal };
}

Deno.test("an order is logged and stored with its place and the signal", async () => {
  const { result, puts, logged, record, signal } = await run(ORDER);
  assert.deepEqual(result, { repeat: false });
  assert.deepEqual(logged, [describe(ORDER)]);
  assert.equal(puts.length, 1);
  assert.deepEqual(puts[0]?.slice(0, 2), [ORDER, record]);
  assert.equal(puts[0]?.[2], signal);
});

Deno.test("an order that the store has already is a repeat", async () => {
  assert.deepEqual((await run(ORDER, () => Promise.resolve("repeat"))).result, { repeat: true });
});

Deno.test("what the store fails with is passed on as it is", async () => {
  const failure = permanent("order-id-conflict", "taken");
  assert.equal((await run(ORDER, () => Promise.reject(failure))).result, failure);
});

Deno.test("the item that is set up to fail fails with a plain error and is not stored", async () => {
  const { result, puts } = await run({ ...ORDER, item: "test-failure" });
  assert.equal(result.constructor, Error);
  assert.equal(puts.length, 0);
});

Deno.test("an order's log line reads as a sentence, and cannot forge another line", () => {
  assert.equal(describe(ORDER), "Processing order abc-123: 5x laptop from alice");
  assert.equal(
    describe({ ...ORDER, user: "eve\n2026 - INFO" }),
    "Processing order abc-123: 5x laptop from eve\\u000a2026 - INFO",
  );
});
