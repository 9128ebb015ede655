import assert from "node:assert/strict";
import { systemClock } from "../../lib/core/clock.ts";
import { AppWorld, freePort } from "../harness/apps.ts";
import { startForwarder } from "../harness/forwarder.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { askHealth } from "../harness/ops_client.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { storedCount } from "../harness/stored_orders.ts";

const ORDERS = 500;

/**
 * A consumer that starts while the registry is away waits at the first record that it cannot read, says so and
 * dead-letters nothing; when the registry is there it goes on.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "registry-away");
  const file = world.path("orders.ndjson");
  await writeOrderFile(file, { count: ORDERS, users: 60, seed: 9 });
  await world.run("producer", [file]).endsWith(0, 30_000);

  const port = freePort();
  const { pathname } = new URL(stack.registryUrl);
  const consumer = world.run("consumer", [], { SCHEMA_REGISTRY_URL: `http://127.0.0.1:${port}${pathname}` });
  await consumer.says(/records whose schema is not known yet wait until it answers/, 20_000);
  await consumer.says(/Waiting to read records: the schema registry at .* cannot be reached/, 20_000);
  await systemClock.sleep(2_500);
  assert.ok(consumer.running);
  assert.equal(storedCount(world.storePath), 0);
  assert.deepEqual(await readRecords(stack, world.dlqTopic), []);
  assert.equal((await askHealth(await consumer.opsPort(), "/health/live"))?.status, 200);

  const forwarder = startForwarder(port, stack.registryUrl);
  try {
    await consumer.until("the storing of everything", () => storedCount(world.storePath) === ORDERS, 20_000);
    consumer.signal("SIGTERM");
    await consumer.endsWith(0, 15_000);
  } finally {
    forwarder.close();
  }
  assert.equal(consumer.summary["consumer.messages_processed"], ORDERS);
  assert.equal(consumer.summary["consumer.dlq_sent"], 0);
  assert.equal(
    consumer.stderr.match(/Waiting to read records/g)!.length,
    1,
    "said once, not for every record",
  );
}
