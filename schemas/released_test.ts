import assert from "node:assert/strict";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import { createEncoder, Decoder } from "@orderline/lib/avro/codec";
import { valueSubject } from "@orderline/lib/avro/value_subject";
import { type Order, ORDER_DEFAULTS, ORDER_SCHEMA_TEXT, orderSchema } from "./mod.ts";
import RELEASED_1 from "./released/orders-value/1.avsc" with { type: "text" };
import manifest from "./subjects.json" with { type: "json" };

Deno.test("every field and type is documented", () => {
  assert.ok(orderSchema.doc);
  for (const { name, doc } of orderSchema.fields) assert.ok(doc, name);
});

Deno.test("the enum has a default of its own, so that old readers survive a new symbol", () => {
  const { fields } = JSON.parse(ORDER_SCHEMA_TEXT) as {
    fields: { name: string; type: unknown; default: unknown }[];
  };
  const priority = fields.find(({ name }) => name === "priority");
  assert.deepEqual([(priority?.type as { default?: unknown }).default, priority?.default], [
    "normal",
    "normal",
  ]);
});

Deno.test("the manifest names the subject of the topic, its file and the strictest level", () => {
  const [orders] = manifest.subjects;
  assert.equal(orders?.subject, valueSubject(`${orders?.topic}`));
  assert.equal(orders?.file, "order.avsc");
  assert.equal(orders?.compatibility, "FULL_TRANSITIVE");
  assert.equal(readRecordSchema(ORDER_SCHEMA_TEXT).name, "shop.orders.Order");
});

/** Written down once, by hand from the Avro specification: what is in the topic must stay readable. */
const GOLDEN = new Uint8Array([
  ...[0, 0, 0, 0, 1], // magic byte, schema id 1
  ...[72, ...new TextEncoder().encode("3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b")], // length 36, zigzag
  ...[6, 0x61, 0x64, 0x61], // "ada"
  ...[6, 0x70, 0x65, 0x6e], // "pen"
  10, // 5
  ...[2, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f], // second branch: 1.5
  ...[0xd0, 0x0f], // 1000 ms
  6, // fourth symbol
]);

Deno.test("the bytes of version 1 stay what they are", async () => {
  const order: Order = {
    ...ORDER_DEFAULTS,
    order_id: "3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b",
    ...{ user: "ada", item: "pen", quantity: 5, price: 1.5, timestamp: 1000, priority: "urgent" },
  };
  assert.deepEqual(createEncoder<Order>(RELEASED_1, 1).encode(order), GOLDEN);
  const decoder = new Decoder<Order>(ORDER_SCHEMA_TEXT, { schemaById: () => Promise.resolve(RELEASED_1) });
  assert.deepEqual(await decoder.decode(GOLDEN), order);
});
