import assert from "node:assert/strict";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { storedCount, storedOrders } from "../harness/stored_orders.ts";

const ORDERS = 1_500;
const RATE = 150;
const FAILING = { item: "test-failure", every: 300 };
const BACKOFF_MS = 700;

/** An order that fails is tried three times with growing waits, and then a dead letter; the others flow meanwhile. */
export default async function (stack: RealStack): Promise<void> {
  const variables = { FAIL_ITEM: FAILING.item, RETRY_BACKOFF_MS: String(BACKOFF_MS), LOG_RECORDS: "always" };
  await using world = await AppWorld.prepare(stack, "failing", { variables });
  const file = world.path("orders.ndjson");
  const orders = await writeOrderFile(file, { count: ORDERS, users: 200, seed: 6, marked: FAILING });
  const failing = orders.filter(({ item }) => item === FAILING.item);
  assert.equal(failing.length, 5);

  const consumer = world.run("consumer", ["--max-wait", "60"]);
  const producer = world.run("producer", [file, "--rate", String(RATE)]);
  await consumer.says(new RegExp(`Processing order ${failing[0]!.order_id}`), 30_000);
  const before = storedCount(world.storePath);
  await consumer.says(/Dead letter: .* retries-exhausted/, 15_000);
  const meanwhile = storedCount(world.storePath) - before;
  assert.ok(meanwhile > 100, `${meanwhile} orders were stored while one was tried again`);
  await producer.endsWith(0, 45_000);
  await consumer.until(
    "the dead letters of all that fail",
    async () => (await readRecords(stack, world.dlqTopic)).length === failing.length,
    20_000,
  );
  await consumer.until(
    "the others are stored",
    () => storedCount(world.storePath) === ORDERS - failing.length,
    10_000,
  );
  consumer.signal("SIGTERM");
  await consumer.endsWith(0, 15_000);
  assert.equal(consumer.summary["consumer.messages_processed"], ORDERS - failing.length);
  assert.equal(consumer.summary["consumer.dlq_sent"], failing.length);
  assert.equal(consumer.summary["consumer.circuit_breaker_open"], 0, "single orders are no outage");

  const letters = await readRecords(stack, world.dlqTopic);
  assert.equal(letters.length, failing.length);
  for (const { headers, value } of letters) {
    assert.equal(String(headers["dlq.reason"]), "retries-exhausted");
    assert.equal(String(headers["dlq.attempts"]), "3");
    assert.match(String(headers["dlq.error"]), /^failed 3 times, last with .*test-failure/);
    const waited = Number(headers["dlq.timestamp"]) - Number(headers["dlq.first_failed_at"]);
    assert.ok(waited >= 3 * BACKOFF_MS / 1_000, `it was given up ${waited} s after it had failed first`);
    assert.ok(value!.includes("test-failure"), "the value is the order's");
  }
  for (const { order_id } of failing) {
    const attempts = consumer.stderr.match(new RegExp(`Processing order ${order_id}:`, "g"));
    assert.equal(attempts?.length, 3, "each attempt is in the log");
  }
  const stored = storedOrders(world.storePath);
  assert.equal(stored.length, ORDERS - failing.length);
  for (const [user, mine] of Map.groupBy(stored, ({ user }) => user)) {
    const sent = orders.filter((order) => order.user === user && !failing.includes(order));
    assert.deepEqual(mine.map(({ order_id }) => order_id), sent.map(({ order_id }) => order_id), user);
  }
}
