import assert from "node:assert/strict";
import { nearestName } from "./nearest_name.ts";

const FIELDS = ["order_id", "user", "item", "quantity", "price", "timestamp", "priority"];

Deno.test("a misspelt or differently written name finds the one that was meant", () => {
  assert.equal(nearestName("quantitiy", FIELDS), "quantity");
  assert.equal(nearestName("orderId", FIELDS), "order_id");
  assert.equal(nearestName("USER", FIELDS), "user");
  assert.equal(nearestName("prize", FIELDS), "price");
});

Deno.test("a name that is like none, or endlessly long, finds nothing", () => {
  assert.equal(nearestName("colour", FIELDS), undefined);
  assert.equal(nearestName("", FIELDS), undefined);
  assert.equal(nearestName("x".repeat(100_000), FIELDS), undefined);
});
