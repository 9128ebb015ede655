import assert from "node:assert/strict";
import type { OrderInput } from "@orderline/schemas";
import { connectAdmin } from "../../lib/kafka/admin.ts";
import { systemClock } from "../../lib/core/clock.ts";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { type FoundRecord, readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { seededRandom } from "../harness/seeded_random.ts";
import { together } from "../harness/together.ts";
import { storedCount, storedOrders } from "../harness/stored_orders.ts";

const GROUPS = 4;
const KILLS_EACH = 5;
const ORDERS = 40_000;
const RATE = 1_000;
const FAILING = { item: "test-failure", every: 400 };
const VARIABLES = {
  SESSION_TIMEOUT_MS: "6000", // the shortest: so long do the partitions of a killed member wait
  FAIL_ITEM: FAILING.item,
  RETRY_BACKOFF_MS: "100",
  BREAKER_RESET_MS: "1000",
};

/**
 * Four groups read the same topic under load, and each has its consumer killed with SIGKILL five times at random
 * moments and restarted at once. In the end every acknowledged order has had its one effect in each of them.
 */
export default async function (stack: RealStack): Promise<void> {
  const seed = Number(Deno.env.get("KILL_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  console.log(`KILL_SEED=${seed}`);
  await using world = await AppWorld.prepare(stack, "kill-nine", { variables: VARIABLES });
  const file = world.path("orders.ndjson");
  const orders = await writeOrderFile(file, { count: ORDERS, users: 900, seed, marked: FAILING });
  const producer = world.run("producer", [file, "--rate", String(RATE)]);
  const midWork = await together(Array.from({ length: GROUPS }, async (_, index) => {
    await using group = await oneGroup(world, index);
    const random = seededRandom(seed + index + 1);
    let midWork = 0;
    for (let kill = 0; kill < KILLS_EACH; kill++) midWork += Number(await runAndKill(group, random));
    await producer.endsWith(0, 120_000);
    assert.equal(producer.summary["producer.delivery_success"], ORDERS, "all were acknowledged");
    const last = group.run("consumer", ["--until-idle", "1", "--max-wait", "180"]);
    await last.endsWith(0, 75_000);
    assertOneEffectEach(group, orders, await readRecords(stack, group.dlqTopic));
    return midWork;
  }));
  console.log(`kills with uncommitted effects: ${midWork.join(" + ")} of ${GROUPS * KILLS_EACH}`);
  const hit = midWork.reduce((sum, count) => sum + count, 0);
  assert.ok(hit >= GROUPS, "most kills must fall into work that is not committed, or they prove little");
}

/** The same orders for another group, with dead letters of its own. */
async function oneGroup(world: AppWorld, index: number): Promise<AppWorld> {
  const dlqTopic = `${world.dlqTopic}-${index}`;
  const group = await world.anotherGroup({ ORDERS_DLQ_TOPIC: dlqTopic });
  await group.run("setup", []).endsWith(0, 60_000);
  return group;
}

/** Resolves with whether the kill left effects that the group did not know of. */
async function runAndKill(world: AppWorld, random: () => number): Promise<boolean> {
  const before = storedCount(world.storePath);
  const consumer = world.run("consumer", []);
  // One in four is killed at any moment of its start; the others in the thick of their work.
  if (random() < 0.25) await systemClock.sleep(random() * 4_000);
  else {
    await consumer.until("some order is stored", () => storedCount(world.storePath) > before, 45_000);
    await systemClock.sleep(random() * 1_000);
  }
  assert.ok(consumer.running, `it ended by itself:\n${consumer.tail}`);
  consumer.kill();
  await consumer.ended;
  return storedCount(world.storePath) > await committedCount(world);
}

async function committedCount({ stack, group, topic }: AppWorld): Promise<number> {
  const admin = await connectAdmin({ brokers: stack.brokers, clientId: "test" });
  try {
    const partitions = await admin.lag(group, topic);
    return partitions.reduce((sum, { committed, start }) => sum + (committed ?? start), 0);
  } finally {
    await admin.close();
  }
}

function assertOneEffectEach(
  world: AppWorld,
  orders: readonly OrderInput[],
  letters: readonly FoundRecord[],
): void {
  const stored = storedOrders(world.storePath);
  const failing = orders.filter(({ item }) => item === FAILING.item);
  const good = orders.filter(({ item }) => item !== FAILING.item);
  assert.equal(new Set(stored.map(({ order_id }) => order_id)).size, stored.length);
  assert.deepEqual(
    stored.map(({ order_id }) => order_id).sort(),
    good.map(({ order_id }) => order_id).sort(),
    "every order that can be processed is stored, once",
  );
  // A dead letter may be written twice by a crash in between: it is the same one, by where it came from.
  const origins = new Set(
    letters.map(({ headers }) => `${headers["dlq.original_partition"]}:${headers["dlq.original_offset"]}`),
  );
  assert.equal(origins.size, failing.length, "every other one is a dead letter");
  assert.ok(letters.every(({ headers }) => String(headers["dlq.reason"]) === "retries-exhausted"));
  const sent = Map.groupBy(good, ({ user }) => user);
  for (const [user, effects] of Map.groupBy(stored, ({ user }) => user)) { // in the order of seq
    assert.deepEqual(
      effects.map(({ order_id }) => order_id),
      sent.get(user)!.map(({ order_id }) => order_id),
      `the orders of ${user} took effect in the order they were sent`,
    );
  }
}
