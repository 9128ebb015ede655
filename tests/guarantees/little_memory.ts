import assert from "node:assert/strict";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertOrderPerUser, storedOrders } from "../harness/stored_orders.ts";

const ORDERS = 69_659;
const USERS = 23_570;
const MAX_MB = 200;

/** A file of ten times the purchases goes through both apps, and neither ever holds more than 200 MB. */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "large-file");
  const file = world.path("orders.ndjson");
  const orders = await writeOrderFile(file, { count: ORDERS, users: USERS, seed: 1997 });
  const producer = world.run("producer", [file]);
  await producer.endsWith(0, 60_000);
  const consumer = world.run("consumer", ["--until-idle", "1", "--max-wait", "100"]);
  await consumer.endsWith(0, 120_000);

  const stored = storedOrders(world.storePath);
  assert.equal(stored.length, ORDERS);
  assertOrderPerUser(stored, orders);
  for (const [name, { peakRssMb }] of Object.entries({ producer, consumer })) {
    console.log(`${name}: at most ${peakRssMb.toFixed(0)} MB`);
    assert.ok(peakRssMb > 20, `the memory of the ${name} was measured`);
    assert.ok(peakRssMb <= MAX_MB, `the ${name} held ${peakRssMb.toFixed(0)} MB`);
  }
}
