import assert from "node:assert/strict";
import { systemClock } from "../../lib/core/clock.ts";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { storedCount } from "../harness/stored_orders.ts";

const ORDERS = 500;
const WARM_UP_MS = 3_000;
const IDLE_MS = 10_000;
const MAX_SHARE = 0.02;

/** A consumer with nothing to do uses less than a fiftieth of one core. */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "idle");
  const file = world.path("orders.ndjson");
  await writeOrderFile(file, { count: ORDERS, users: 50, seed: 10 });
  await world.run("producer", [file]).endsWith(0, 30_000);
  const consumer = world.run("consumer", []);
  await consumer.until("it is idle", () => storedCount(world.storePath) === ORDERS, 30_000);
  await systemClock.sleep(WARM_UP_MS);

  const from = { cpu: consumer.cpuSeconds(), at: systemClock.monotonic() };
  assert.ok(from.cpu > 0.1, "starting has cost something, or nothing is measured");
  await systemClock.sleep(IDLE_MS);
  const seconds = (systemClock.monotonic() - from.at) / 1_000;
  const share = (consumer.cpuSeconds() - from.cpu) / seconds;
  console.log(`idle: ${(share * 100).toFixed(2)} % of a core`);
  assert.ok(share < MAX_SHARE, `${(share * 100).toFixed(1)} % of a core over ${seconds.toFixed(1)} s`);
  consumer.signal("SIGTERM");
  await consumer.endsWith(0, 15_000);
}
