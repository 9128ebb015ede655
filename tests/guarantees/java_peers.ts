import assert from "node:assert/strict";
import { createEncoder } from "../../lib/avro/codec.ts";
import { openRegistry } from "../../lib/avro/open_registry.ts";
import { partitionFor } from "../../lib/producer/partitioner.ts";
import { type Order, ORDER_SCHEMA_TEXT, valueSubject } from "../../schemas/mod.ts";
import { AppWorld } from "../harness/apps.ts";
import { javaPeer } from "../harness/java_peer.ts";
import { asOrder, makeOrders, writeOrderFile } from "../harness/order_files.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertOrderPerUser, storedOrders } from "../harness/stored_orders.ts";

const ORDERS = 300;
const PARTITIONS = 4;

/**
 * Another team's programs in Java, of Apache Avro and Apache Kafka's own client: what they send has the bytes and the
 * partitions that ours would have, and is stored as sent; what we send they read.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "java-peers", { partitions: PARTITIONS });
  const subject = valueSubject(world.topic);
  const registry = openRegistry({ schemaRegistryUrl: stack.registryUrl });
  const id = await registry.idOf(subject, ORDER_SCHEMA_TEXT);
  const schemaFile = world.path("order.avsc");
  await Deno.writeTextFile(schemaFile, ORDER_SCHEMA_TEXT);
  const peer = [stack.brokers.join(","), world.topic, schemaFile, `${id}`];

  const theirs = [...makeOrders({ count: ORDERS, users: 60, seed: 21 })];
  const lines = theirs.map((order) => JSON.stringify(asOrder(order)));
  assert.equal((await javaPeer(["produce", ...peer], lines.join("\n"))).trim(), `${ORDERS}`);
  await theirRecordsAreLikeOurs(world, theirs.map(asOrder), id!);

  const file = world.path("orders.ndjson");
  const ours = await writeOrderFile(file, { count: ORDERS, users: 60, seed: 22 });
  await world.run("producer", [file]).endsWith(0, 60_000);
  await world.run("consumer", ["--until-idle", "1", "--max-wait", "60"]).endsWith(0, 90_000);
  const stored = storedOrders(world.storePath);
  const values = stored.map(({ topic: _t, partition: _p, offset: _o, seq: _s, ...order }) => order);
  const byId = (a: { order_id: string }, b: { order_id: string }) => a.order_id < b.order_id ? -1 : 1;
  assert.deepEqual(values.toSorted(byId), [...theirs, ...ours].toSorted(byId));
  assertOrderPerUser(stored, [...theirs, ...ours]);
  assert.deepEqual(await readRecords(stack, world.dlqTopic), []);

  const seen = (await javaPeer(["consume", ...peer])).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(seen.length, 2 * ORDERS);
  const read = new Map(seen.map(({ order, key }) => [order.order_id, { order, key }]));
  for (const order of ours.map(asOrder)) {
    // A next version may have more fields than these orders fill.
    assert.partialDeepStrictEqual(read.get(order.order_id), { order, key: order.user });
  }
}

async function theirRecordsAreLikeOurs(world: AppWorld, orders: readonly Order[], id: number): Promise<void> {
  const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, id);
  const expected = new Map(orders.map((order) => [encoder.encode(order).toHex(), order]));
  const records = await readRecords(world.stack, world.topic);
  assert.equal(records.length, orders.length);
  for (const { key, value, partition } of records) {
    const order = expected.get(value!.toHex());
    assert.ok(order !== undefined, `ours would not have these bytes: ${value!.toHex()}`);
    assert.equal(key!.toString(), order.user);
    assert.equal(partition, partitionFor(key!, PARTITIONS));
  }
}
