import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../lib/core/clock.ts";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { askHealth, readMetrics } from "../harness/ops_client.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertOrderPerUser, storedCount, storedOrders } from "../harness/stored_orders.ts";

const ORDERS = 9_000;
const RATE = 600;
const LOCKED_MS = 8_000;

/**
 * Another process locks the store for eight seconds under load: the breaker opens, everything waits, and when the
 * lock is gone all goes on, in every user's order, with no dead letter, no order lost and no rebalance.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "locked", { variables: { BREAKER_RESET_MS: "1500" } });
  const file = world.path("orders.ndjson");
  const orders = await writeOrderFile(file, { count: ORDERS, users: 500, seed: 7 });
  const producer = world.run("producer", [file, "--rate", String(RATE)]);
  const consumer = world.run("consumer", []);
  const port = await consumer.opsPort();
  const count = async (name: string) => (await readMetrics(port)).get(`orderline_consumer_${name}`) ?? 0;
  await consumer.until("some orders are stored", () => storedCount(world.storePath) > 500, 30_000);

  await whileLocked(world.storePath, async () => {
    const before = storedCount(world.storePath);
    const until = systemClock.monotonic() + LOCKED_MS;
    await consumer.says(/Circuit breaker open after 5 failures in a row/, 5_000);
    await consumer.until(
      "every partition is paused",
      async () => await count('paused_partitions{reason="breaker"}') === 6,
      5_000,
    );
    const health = await askHealth(port, "/health");
    assert.equal(health?.status, 200);
    assert.equal(health?.body.status, "degraded");
    assert.match(health?.body.circuit_breaker_state, /^(?:open|half_open)$/);
    assert.equal((await askHealth(port, "/health/ready"))?.status, 200, "no reason to stop a rollout");
    await systemClock.sleep(until - systemClock.monotonic());
    assert.equal(storedCount(world.storePath), before, "the lock was one");
  });

  await consumer.says(/Circuit breaker closed: processing goes on/, 15_000);
  assert.match(consumer.stderr, /Circuit breaker half open/);
  await producer.endsWith(0, 60_000);
  await consumer.until(
    "the processing of everything",
    async () => await count("messages_processed_total") === ORDERS,
    30_000,
  );
  const series = await readMetrics(port);
  assert.equal(series.get("orderline_consumer_rebalances_total"), 1, "the first join and no other");
  assert.equal(series.get("orderline_consumer_repeats_total"), 0);
  assert.equal(series.get('orderline_consumer_paused_partitions{reason="breaker"}'), 0);
  assert.ok(series.get("orderline_consumer_circuit_breaker_opened_total")! >= 2, "a probe failed in between");
  consumer.signal("SIGTERM");
  await consumer.endsWith(0, 15_000);
  assert.equal(consumer.summary["consumer.dlq_sent"], 0);
  assert.deepEqual(await readRecords(stack, world.dlqTopic), []);
  const stored = storedOrders(world.storePath);
  assert.equal(stored.length, ORDERS);
  assertOrderPerUser(stored, orders);
}

/** Holds the write lock of a SQLite file, as another program may. */
async function whileLocked(path: string, work: () => Promise<void>): Promise<void> {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA busy_timeout = 5000");
    db.exec("BEGIN EXCLUSIVE");
    await work();
    db.exec("ROLLBACK");
  } finally {
    db.close();
  }
}
