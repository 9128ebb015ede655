import assert from "node:assert/strict";
import type { OrderInput } from "@orderline/schemas";
import { AppWorld } from "../harness/apps.ts";
import { readOrderFile } from "../harness/order_files.ts";
import { readMetrics } from "../harness/ops_client.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { together } from "../harness/together.ts";
import { type StoredOrder, storedOrders } from "../harness/stored_orders.ts";

const PURCHASES = new URL("../../tools/demo/purchases.ndjson", import.meta.url).pathname;
const EXPECTED = { orders: 6_919, quantity: 16_479, cents: 24_409_313 };
const RUN_MS = 60_000;

/**
 * The main job with 6,919 real purchases: each is stored once, in its user's order, and neither sending them again
 * nor reading them with another group changes that.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "purchases");
  const input = await readOrderFile(PURCHASES);
  assert.equal(input.length, EXPECTED.orders);
  await send(world, PURCHASES, EXPECTED.orders);

  const consumer = world.run("consumer", ["--until-idle", "1", "--max-wait", "50"]);
  await consumer.endsWith(0, RUN_MS);
  assert.equal(consumer.summary["consumer.messages_processed"], EXPECTED.orders);
  assert.equal(consumer.summary["consumer.dlq_sent"], 0);
  const stored = storedOrders(world.storePath);
  assertAllStoredOnce(stored);
  assertSameContent(stored, input);
  assertUsersOrderKept(stored, input);
  const log = await readRecords(stack, world.topic);
  assert.deepEqual(
    stored.map(({ partition, offset }) => `${partition}:${offset}`).sort(),
    log.map(({ partition, offset }) => `${partition}:${offset}`).sort(),
    "every record of the topic is stored, and nothing else",
  );

  await together([sendingAgainAddsNothing(world, stored), anotherGroupComesToTheSame(world, input)]);
}

async function sendingAgainAddsNothing(world: AppWorld, before: readonly StoredOrder[]): Promise<void> {
  await send(world, PURCHASES, EXPECTED.orders);
  const consumer = world.run("consumer", []);
  const port = await consumer.opsPort();
  const count = async (name: string) => (await readMetrics(port)).get(`orderline_consumer_${name}`) ?? 0;
  await consumer.until(
    "the processing of every repeat",
    async () => await count("messages_processed_total") >= EXPECTED.orders,
    RUN_MS,
  );
  assert.equal(await count("repeats_total"), EXPECTED.orders);
  consumer.signal("SIGTERM");
  await consumer.endsWith(0, 15_000);
  assert.equal(consumer.summary["consumer.messages_processed"], EXPECTED.orders, "nothing was done again");
  assert.deepEqual(storedOrders(world.storePath), before);
}

async function anotherGroupComesToTheSame(world: AppWorld, input: readonly OrderInput[]): Promise<void> {
  await using other = await world.anotherGroup();
  await other.run("consumer", ["--until-idle", "1", "--max-wait", "50"]).endsWith(0, RUN_MS);
  const stored = storedOrders(other.storePath);
  assertAllStoredOnce(stored);
  assertUsersOrderKept(stored, input);
}

async function send(world: AppWorld, file: string, count: number) {
  const producer = world.run("producer", [file, "--rejects", world.path("rejects.ndjson")]);
  await producer.endsWith(0, RUN_MS);
  assert.equal(producer.summary["producer.delivery_success"], count);
  assert.equal(producer.summary["producer.delivery_failed"], 0);
  return producer;
}

function assertAllStoredOnce(stored: readonly StoredOrder[]): void {
  const cents = stored.reduce((sum, { quantity, price }) => sum + quantity * Math.round(price! * 100), 0);
  const quantity = stored.reduce((sum, one) => sum + one.quantity, 0);
  assert.deepEqual({ orders: stored.length, quantity, cents }, EXPECTED);
  assert.deepEqual(stored.map(({ seq }) => seq), stored.map((_, index) => index + 1));
}

function assertSameContent(stored: readonly StoredOrder[], input: readonly OrderInput[]): void {
  const content = (
    { order_id, user, item, quantity, price, timestamp, priority }: OrderInput | StoredOrder,
  ) => [order_id, user, item, quantity, price ?? null, Date.parse(String(timestamp)), priority ?? "normal"];
  const byId = new Map(stored.map((order) => [order.order_id, order]));
  for (const order of input) assert.deepEqual(content(byId.get(order.order_id)!), content(order));
}

/** A user's orders took effect in the order of the file, and lie in one partition in that order. */
function assertUsersOrderKept(stored: readonly StoredOrder[], input: readonly OrderInput[]): void {
  const place = new Map(input.map(({ order_id }, index) => [order_id, index]));
  for (const [user, orders] of Map.groupBy(stored, ({ user }) => user)) { // stored is in the order of seq
    assert.equal(new Set(orders.map(({ partition }) => partition)).size, 1, `${user} is in one partition`);
    for (let at = 1; at < orders.length; at++) {
      const [one, next] = [orders[at - 1]!, orders[at]!];
      assert.ok(one.offset < next.offset, `offsets of ${user}: ${one.offset} before ${next.offset}`);
      const inFile = [place.get(one.order_id)!, place.get(next.order_id)!] as const;
      assert.ok(inFile[0] < inFile[1], `lines of ${user}: ${inFile[0]} before ${inFile[1]}`);
    }
  }
}
