import assert from "node:assert/strict";
import { TestClock } from "@orderline/lib/testing/test_clock";
import { generateOrders, uuidV4 } from "./sample_orders.ts";

/** A small generator of chance that gives the same numbers for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let mixed = Math.imul(seed ^ seed >>> 15, 1 | seed);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

const sample = (seed: number, count: number) => [
  ...generateOrders({ random: seeded(seed), clock: new TestClock(), count }),
];

Deno.test("the same chance gives the same orders, another gives others", () => {
  assert.deepEqual(sample(1, 20), sample(1, 20));
  assert.notDeepEqual(sample(1, 20), sample(2, 20));
});

Deno.test("every sample order keeps the rules of version 1", () => {
  const orders = sample(3, 5_000);
  assert.equal(orders.length, 5_000);
  for (const order of orders) {
    assert.match(order.order_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.ok(Number.isInteger(order.quantity) && order.quantity >= 1 && order.quantity <= 50);
    if (order.price !== null) {
      assert.ok(order.price > 0);
      assert.equal(order.price, Number(order.price.toFixed(2)));
    }
    assert.equal(order.timestamp, Date.UTC(2026, 0, 1));
  }
});

Deno.test("the sample has variety: users, items, every priority, prices and none, no id twice", () => {
  const orders = sample(4, 5_000);
  const distinct = (values: unknown[]) => new Set(values).size;
  assert.equal(distinct(orders.map(({ order_id }) => order_id)), 5_000);
  assert.ok(distinct(orders.map(({ user }) => user)) > 30);
  assert.ok(distinct(orders.map(({ item }) => item)) > 10);
  assert.deepEqual(
    [...new Set(orders.map(({ priority }) => priority))].sort(),
    ["high", "low", "normal", "urgent"],
  );
  const unpriced = orders.filter(({ price }) => price === null).length;
  assert.ok(unpriced > 400 && unpriced < 600, `${unpriced} without a price`);
});

Deno.test("chance at its edges still gives a valid id and order", () => {
  assert.equal(uuidV4(() => 0), "00000000-0000-4000-8000-000000000000");
  assert.equal(uuidV4(() => 1 - 2 ** -53), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  const [order] = generateOrders({ random: () => 1 - 2 ** -53, clock: new TestClock(), count: 1 });
  assert.ok(order?.user && order.item && order.priority);
});
