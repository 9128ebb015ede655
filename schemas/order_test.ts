import assert from "node:assert/strict";
import {
  checkOrder,
  type Order,
  ORDER_DEFAULTS,
  type OrderInput,
  orderSchema,
  orderToJson,
  parseOrder,
  PRIORITIES,
} from "./mod.ts";
import { describeProblems } from "@orderline/lib/avro/problem";

const INPUT: OrderInput = {
  order_id: "3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b",
  user: "alice",
  item: "laptop",
  quantity: 5,
  price: 999.99,
  timestamp: "2026-11-21T11:30:45.5+01:00",
  priority: "high",
};
const ORDER: Order = {
  ...ORDER_DEFAULTS,
  ...INPUT,
  price: 999.99,
  priority: "high",
  timestamp: Date.UTC(2026, 10, 21, 10, 30, 45, 500),
};

function problemsOf(change: Record<string, unknown>): string[] {
  const parsed = parseOrder({ ...INPUT, ...change });
  return parsed.ok ? [] : parsed.problems.map(({ path, code }) => `${path} ${code}`);
}

Deno.test("an order is read, checked and shown", () => {
  assert.deepEqual(parseOrder(INPUT), { ok: true, value: ORDER });
  assert.deepEqual(checkOrder(ORDER), []);
  assert.deepEqual(orderToJson(ORDER), {
    ...ORDER_DEFAULTS,
    ...INPUT,
    timestamp: "2026-11-21T10:30:45.500Z",
  });
  assert.deepEqual(parseOrder(orderToJson(ORDER)), { ok: true, value: ORDER });
});

Deno.test("an omitted price is null and an omitted priority normal", () => {
  const { price: _price, priority: _priority, ...rest } = INPUT;
  assert.deepEqual(parseOrder(rest), { ok: true, value: { ...ORDER, price: null, priority: "normal" } });
  assert.deepEqual(problemsOf({ price: null }), []);
  assert.deepEqual(problemsOf({ priority: null }), ["priority type"]);
});

Deno.test("the ranges are those of the contract, limits included", () => {
  const accepted: Record<string, unknown[]> = {
    user: ["a", "x".repeat(256), "🛒".repeat(256)],
    item: ["a", "x".repeat(256)],
    quantity: [1, 10_000],
    price: [0, 0.01, 1e9, null],
    priority: [...PRIORITIES],
  };
  const refused: Record<string, [unknown, string][]> = {
    order_id: [["abc-123", "format"], ["3f2b8c1e-5d4a-1e6f-9a7b-0c1d2e3f4a5b", "format"], [1, "type"]],
    user: [["", "length"], ["x".repeat(257), "length"], [null, "type"], ["\ud800", "unicode"]],
    item: [["", "length"], ["🛒".repeat(257), "length"]],
    quantity: [[0, "range"], [10_001, "range"], [1.5, "type"], ["5", "type"], [null, "type"], [
      2 ** 40,
      "range",
    ]],
    price: [[-0.01, "range"], [1.001, "decimals"], ["1", "type"], [Infinity, "type"], [NaN, "type"]],
    timestamp: [["2026-11-21T10:30:45", "format"], ["2026-02-30T00:00:00Z", "format"], [
      1_763_721_045_000,
      "type",
    ]],
    priority: [["Normal", "symbol"], ["", "symbol"], [1, "type"]],
  };
  for (const [field, values] of Object.entries(accepted)) {
    for (const value of values) assert.deepEqual(problemsOf({ [field]: value }), [], `${field} ${value}`);
  }
  for (const [field, values] of Object.entries(refused)) {
    for (const [value, code] of values) {
      assert.deepEqual(problemsOf({ [field]: value }), [`${field} ${code}`], `${field} ${value}`);
    }
  }
});

Deno.test("a decoded order is held against the same ranges", () => {
  const wrong: Record<string, unknown> = {
    ...{ order_id: INPUT.order_id.toUpperCase(), user: "", item: "x".repeat(257), quantity: 0, price: NaN },
    ...{ timestamp: 1e15, priority: "critical" },
  };
  assert.deepEqual(checkOrder({ ...ORDER, ...wrong }).map(({ path }) => path), Object.keys(wrong));
  for (const [field, value] of Object.entries(wrong)) {
    assert.deepEqual(checkOrder({ ...ORDER, [field]: value }).map(({ path }) => path), [field]);
  }
  assert.deepEqual(checkOrder({}).map(({ path }) => path), orderSchema.fields.map(({ name }) => name));
});

Deno.test("a line that is no order at all says everything that is wrong", () => {
  const parsed = parseOrder({ user: 5, quantity: 0, qantity: 5 });
  assert.ok(!parsed.ok);
  assert.deepEqual(parsed.problems.map(({ path }) => path), [
    ...["order_id", "user", "item", "quantity", "timestamp", "qantity"],
  ]);
  assert.match(
    describeProblems(parsed.problems),
    /quantity: must be a whole number from 1 to 10000, but is 0;/,
  );
});
