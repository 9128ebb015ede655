import assert from "node:assert/strict";
import { checkOrder } from "@orderline/schemas";
import { NumberedOrders, numberOf } from "./numbered_orders.ts";

const orders = new NumberedOrders(7, 100);
const NUMBERS = [0, 1, 2, 999, 65_535, 1_000_000, 2 ** 31];

Deno.test("a numbered order is a valid order, and its bytes tell its number", () => {
  for (const number of NUMBERS) {
    assert.deepEqual(checkOrder(orders.order(number)), []);
    assert.equal(numberOf(orders.encoded(number)), number);
  }
});

Deno.test("bytes are exactly an order's, or not", () => {
  const bytes = orders.encoded(5).slice();
  assert.ok(orders.isExactly(5, bytes));
  assert.ok(!orders.isExactly(6, bytes));
  assert.ok(!orders.isExactly(5, bytes.subarray(1)));
  bytes[bytes.length - 1]! ^= 2;
  assert.ok(!orders.isExactly(5, bytes));
});

Deno.test("what is no numbered order has no number", () => {
  assert.equal(numberOf(null), undefined);
  assert.equal(numberOf(new Uint8Array(5)), undefined);
  assert.equal(numberOf(new Uint8Array(80)), undefined);
});

Deno.test("users are all those there are, few of them busy, and others with another seed", () => {
  const counts = new Map<number, number>();
  for (let number = 0; number < 20_000; number++) {
    const user = orders.userOf(number);
    counts.set(user, (counts.get(user) ?? 0) + 1);
  }
  assert.equal(counts.size, 100);
  const busy = [...counts].filter(([user]) => user < 20).reduce((sum, [, count]) => sum + count, 0);
  assert.ok(busy > 0.75 * 20_000 && busy < 0.9 * 20_000, `${busy} of 20000`);
  const other = new NumberedOrders(8, 100);
  assert.ok([...Array(100).keys()].some((number) => orders.userOf(number) !== other.userOf(number)));
});
