import assert from "node:assert/strict";
import { type Order, ORDER_DEFAULTS } from "@orderline/schemas";
import { differingFields, orderIdConflict } from "./order_conflict.ts";

const ORDER: Order = {
  ...ORDER_DEFAULTS,
  order_id: "5f0c6a1e-8d7b-4c39-9a52-1f0e6b7d2c11",
  user: "alice",
  item: "laptop",
  quantity: 5,
  price: 999.5,
  timestamp: Date.UTC(2026, 0, 1),
  priority: "normal",
};

Deno.test("an order repeats another when all but the spelling of its id is the same", () => {
  assert.deepEqual(differingFields(ORDER, { ...ORDER }), []);
  assert.deepEqual(differingFields({ ...ORDER, price: 0 }, { ...ORDER, price: -0 }), []);
});

Deno.test("every field of the content makes a difference", () => {
  const others = {
    user: "bob",
    item: "phone",
    quantity: 6,
    price: null,
    timestamp: ORDER.timestamp + 1,
    priority: "high",
  } as const;
  for (const [field, value] of Object.entries(others)) {
    assert.deepEqual(differingFields(ORDER, { ...ORDER, [field]: value }), [field]);
  }
  assert.deepEqual(differingFields(ORDER, { ...ORDER, ...others }), Object.keys(others));
});

Deno.test("a conflict is permanent and names what differs, with both values, times as people write them", () => {
  const failure = orderIdConflict(ORDER.order_id, ORDER, {
    ...ORDER,
    quantity: 6,
    timestamp: ORDER.timestamp + 7,
  });
  assert.deepEqual([failure.kind, failure.reason], ["permanent", "order-id-conflict"]);
  assert.match(failure.message, /order_id "5f0c6a1e-8d7b-4c39-9a52-1f0e6b7d2c11" is taken by another order/);
  assert.match(
    failure.message,
    /quantity is 5 there and 6 here, timestamp is "2026-01-01T00:00:00.000Z" there/,
  );
  assert.doesNotMatch(failure.message, /user|item|price|priority/);
});

Deno.test("a conflict's message stays short and clean whatever the values hold", () => {
  const failure = orderIdConflict(ORDER.order_id, ORDER, { ...ORDER, user: "\u001b[2J\n".repeat(10_000) });
  assert.ok(failure.message.length < 400, `${failure.message.length} characters`);
  // deno-lint-ignore no-control-regex -- control characters are what must not be there
  assert.doesNotMatch(failure.message, /[\u0000-\u001f]/);
});
