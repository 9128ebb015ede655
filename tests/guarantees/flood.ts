import assert from "node:assert/strict";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { askHealth } from "../harness/ops_client.ts";
import { produceRaw, type RawRecord } from "../harness/raw_records.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { together } from "../harness/together.ts";
import { storedCount, storedOrders } from "../harness/stored_orders.ts";

const FLOOD = 1_000;
const HELD_AT = 50;
/** The partition that has them. */
const FLOODED = 1;
const GOOD = 2_000;
const PARTITIONS = 3;
/** Fewer than the flood: what is held must not take the room of the others. */
const FEW_IN_FLIGHT = { MAX_IN_FLIGHT: "500", CONCURRENCY: "100" };

/**
 * A thousand records in a row that cannot be read look like a bad release: their partition is held after 50 dead
 * letters, says so, and the others flow. A person lets it go on, or has switched the guard off before.
 */
export default async function (stack: RealStack): Promise<void> {
  await together([heldAndAccepted(stack), switchedOff(stack), nothingCanBeRead(stack)]);
}

/** Every record of every partition is bad: each partition is held by itself, and the topic is not emptied. */
async function nothingCanBeRead(stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "flood-all", { partitions: PARTITIONS });
  const all = Array.from({ length: 6 * HELD_AT * PARTITIONS }, (_, index) => index);
  await produceRaw(
    stack,
    world.topic,
    all.map((index) => ({
      partition: index % PARTITIONS,
      key: `user-${index % 70}`,
      value: `poison ${index}`,
    })),
  );
  const consumer = world.run("consumer", ["--max-wait", "8"]);
  await consumer.endsWith(5, 30_000);
  const letters = await readRecords(stack, world.dlqTopic);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    assert.equal(letters.filter((letter) => letter.partition === partition).length, HELD_AT);
  }
}

async function heldAndAccepted(stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "flood", {
    partitions: PARTITIONS,
    variables: FEW_IN_FLIGHT,
  });
  const flooded = await fill(world);
  const consumer = world.run("consumer", ["--until-idle", "1", "--max-wait", "20"]);
  const port = await consumer.opsPort();
  await consumer.says(/\[\d\] is held: 50 dead letters in a row\..* looks like a bad release/, 20_000);
  assert.match(consumer.stderr, new RegExp(`${world.topic}\\[${flooded}\\] is held`));
  assert.match(consumer.stderr, /start it once with --forget-flood/);
  await send(world, "later.ndjson", 55);
  const elsewhere = await goodOrdersOutside(world, flooded);
  assert.ok(elsewhere > GOOD, "also of those that were sent after the hold");
  await consumer.until(
    "the other partitions' orders are stored",
    () => storedOutside(world, flooded) === elsewhere,
    20_000,
  );
  const ready = await askHealth(port, "/health/ready");
  assert.equal(ready?.status, 503);
  assert.match(JSON.stringify(ready?.body), /looks like a bad release: held partitions \d/);
  assert.equal((await askHealth(port, "/health/live"))?.status, 200, "a restart would mend nothing");
  await consumer.endsWith(5, 40_000);
  assert.equal(consumer.summary["consumer.dlq_sent"], HELD_AT);
  assert.equal((await readRecords(stack, world.dlqTopic)).length, HELD_AT);

  const accepting = world.run("consumer", ["--accept-flood", "--until-idle", "1", "--max-wait", "30"]);
  await accepting.endsWith(0, 45_000);
  assert.equal(accepting.summary["consumer.dlq_sent"], FLOOD - HELD_AT, "the 50 are not written again");
  await assertEverythingEnded(world, flooded, 2 * GOOD);
}

async function switchedOff(stack: RealStack): Promise<void> {
  const variables = { FLOOD_GUARD: "off" };
  await using world = await AppWorld.prepare(stack, "flood-off", { partitions: PARTITIONS, variables });
  const flooded = await fill(world);
  const consumer = world.run("consumer", ["--until-idle", "1", "--max-wait", "30"]);
  await consumer.endsWith(0, 45_000);
  assert.doesNotMatch(consumer.stderr, /is held/);
  await assertEverythingEnded(world, flooded, GOOD);
}

/** The flood lies in one partition in front of good orders; the good orders of the others are all around. */
async function fill(world: AppWorld): Promise<number> {
  await produceRaw(world.stack, world.topic, poisonOf(FLOODED, { from: 0, count: FLOOD }));
  await send(world, "orders.ndjson", 5);
  return FLOODED;
}

/** Records of seven users that nobody can read. */
export function poisonOf(partition: number, { from, count }: { from: number; count: number }): RawRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    partition,
    key: `user-${(from + index) % 7}`,
    value: `poison ${from + index}`,
  }));
}

async function send(world: AppWorld, name: string, seed: number): Promise<void> {
  const file = world.path(name);
  await writeOrderFile(file, { count: GOOD, users: 300, seed });
  await world.run("producer", [file]).endsWith(0, 90_000);
}

async function goodOrdersOutside({ stack, topic }: AppWorld, partition: number): Promise<number> {
  return (await readRecords(stack, topic)).filter((one) => one.partition !== partition).length;
}

function storedOutside({ storePath }: AppWorld, partition: number): number {
  return storedOrders(storePath).filter((one) => one.partition !== partition).length;
}

async function assertEverythingEnded(world: AppWorld, partition: number, orders: number): Promise<void> {
  const letters = await readRecords(world.stack, world.dlqTopic);
  assert.deepEqual(
    letters.map(({ value }) => String(value)).sort(),
    Array.from({ length: FLOOD }, (_, index) => `poison ${index}`).sort(),
  );
  assert.ok(letters.every((letter) => letter.partition === partition));
  assert.equal(storedCount(world.storePath), orders);
}
