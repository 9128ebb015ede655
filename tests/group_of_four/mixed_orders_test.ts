import assert from "node:assert/strict";
import { checkOrder, ORDER_SCHEMA_TEXT } from "@orderline/schemas";
import { Decoder } from "@orderline/lib/avro/codec";
import { MixedOrders } from "./mixed_orders.ts";

const COUNT = 20_000;
const orders = new MixedOrders(7, 1);
const all = Array.from({ length: COUNT }, (_, number) => orders.order(number));

Deno.test("some orders of every kind are bad, nearly all are good, and few users have most of them", () => {
  const fates = Map.groupBy(all, ({ fate }) => fate);
  assert.equal(fates.size, 6);
  assert.ok([...fates.values()].every((list) => list.length > COUNT / 1_000));
  assert.ok(fates.get("effect")!.length > COUNT * 0.95);
  const users = [...Map.groupBy(all, ({ key }) => key).values()].map((list) => list.length);
  assert.ok(users.length > 150);
  assert.ok(Math.max(...users) > COUNT / 8 && Math.max(...users) < COUNT / 4);
});

Deno.test("an order's bytes are as bad as its fate says", async () => {
  const decoder = new Decoder(ORDER_SCHEMA_TEXT, {
    schemaById: (id) =>
      id === 1 ? Promise.resolve(ORDER_SCHEMA_TEXT) : Promise.reject(new Error("no such id")),
  });
  const found = new Map<string, string>();
  for (const order of all.slice(0, 2_000)) {
    const { value } = orders.record(order);
    const read = await Promise.resolve().then(() => decoder.decode(value)).then(
      (one) => checkOrder(one as never).length > 0 ? "breaks a rule" : "good",
      (error) => error.reason ?? error.message,
    );
    assert.equal(found.get(order.fate) ?? read, read);
    found.set(order.fate, read);
  }
  assert.deepEqual(Object.fromEntries(found), {
    effect: "good",
    "retries-exhausted": "good",
    invalid: "breaks a rule",
    "not-framed": "not-framed",
    undecodable: "undecodable",
    "schema-not-found": "no such id",
  });
});

Deno.test("the same seed gives the same orders, another one others", () => {
  assert.deepEqual(new MixedOrders(7, 1).order(5), all[5]);
  assert.notEqual(new MixedOrders(8, 1).order(5).id, all[5]!.id);
});
