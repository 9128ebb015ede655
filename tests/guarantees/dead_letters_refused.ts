import assert from "node:assert/strict";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { askHealth, readMetrics } from "../harness/ops_client.ts";
import { produceRaw } from "../harness/raw_records.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertOrderPerUser, storedCount, storedOrders } from "../harness/stored_orders.ts";
import { together } from "../harness/together.ts";
import { setTopicConfig } from "../harness/topic_config.ts";
import { allowAgain, deny } from "../harness/topic_rights.ts";
import { connectAdmin } from "../../lib/kafka/admin.ts";

const PARTITIONS = 3;
const GOOD = 1_500;
const POISON = 30;
const POISONED = 1;
const VALUE_BYTES = 3_000;
/** Fewer than what lies behind the dead letters: it must not take the room of the others. */
const FEW_IN_FLIGHT = { MAX_IN_FLIGHT: "300", CONCURRENCY: "50" };

/** A way in which the dead letter topic takes nothing, and back. */
interface Fault {
  readonly name: string;
  readonly begin: (world: AppWorld) => Promise<unknown>;
  readonly end: (world: AppWorld) => Promise<unknown>;
  /** What the log and the health say to do. */
  readonly advice: RegExp;
}

const FAULTS: readonly Fault[] = [
  {
    name: "missing",
    begin: (world) => deleteTopic(world),
    end: (world) => world.run("setup", []).endsWith(0, 30_000),
    advice: /create \S+-dlq with as many partitions/,
  },
  {
    name: "forbidden",
    begin: ({ stack, dlqTopic }) => deny(stack, dlqTopic, "WRITE"),
    end: ({ stack, dlqTopic }) => allowAgain(stack, dlqTopic),
    advice: /TOPIC_AUTHORIZATION_FAILED.* give this client the right to Write and Describe on topic \S+-dlq/,
  },
  {
    name: "hidden",
    begin: ({ stack, dlqTopic }) => deny(stack, dlqTopic, "ALL"),
    end: ({ stack, dlqTopic }) => allowAgain(stack, dlqTopic),
    advice: /give this client the right to Write and Describe on topic \S+-dlq/,
  },
  {
    name: "too-small",
    begin: ({ stack, dlqTopic }) => setTopicConfig(stack, dlqTopic, { "max.message.bytes": "2000" }),
    end: ({ stack, dlqTopic }) => setTopicConfig(stack, dlqTopic, { "max.message.bytes": "1114124" }),
    advice: /MESSAGE_TOO_LARGE.* raise max\.message\.bytes of \S+-dlq/,
  },
];

/**
 * The dead letter topic is deleted, forbidden, or takes no record of that size: what must be dead-lettered waits,
 * its partition rests, the log and the health say why and what to do, the others flow. After the repair every dead
 * letter is written once, byte for byte, and nothing is missing.
 */
export default async function (stack: RealStack): Promise<void> {
  await together(FAULTS.map((fault) => heldUntilRepaired(stack, fault)));
}

async function heldUntilRepaired(stack: RealStack, { name, begin, end, advice }: Fault): Promise<void> {
  await using world = await AppWorld.prepare(stack, `dlq-${name}`, {
    partitions: PARTITIONS,
    variables: FEW_IN_FLIGHT,
  });
  const consumer = world.run("consumer", []);
  const port = await consumer.opsPort();
  await consumer.says(/Joined group/, 20_000);
  await begin(world);

  const poison = Array.from({ length: POISON }, (_, index) => ({
    partition: POISONED,
    key: `user-${index % 7}`,
    value: `poison ${index} `.padEnd(VALUE_BYTES, "x"),
  }));
  await produceRaw(stack, world.topic, poison);
  const file = world.path("orders.ndjson");
  const orders = await writeOrderFile(file, { count: GOOD, users: 200, seed: 8 });
  await world.run("producer", [file]).endsWith(0, 30_000);
  const elsewhere = (await readRecords(stack, world.topic)).filter(({ partition }) => partition !== POISONED);

  await consumer.says(/ERROR .* waits: .* is a dead letter, but /, 20_000);
  assert.match(consumer.stderr, advice, name);
  await consumer.until(
    "the other partitions' orders are stored",
    () =>
      storedOrders(world.storePath).filter(({ partition }) => partition !== POISONED).length ===
        elsewhere.length,
    20_000,
  );
  const ready = await askHealth(port, "/health/ready");
  assert.equal(ready?.status, 503);
  assert.match(JSON.stringify(ready?.body), advice);
  assert.equal((await askHealth(port, "/health/live"))?.status, 200, "a restart would mend nothing");
  const count = async (name: string) => (await readMetrics(port)).get(`orderline_consumer_${name}`) ?? 0;
  await consumer.until(
    "the partition is paused, and no other",
    async () => await count('paused_partitions{reason="dead-letter"}') === 1,
    5_000,
  );
  assert.ok(await count("dlq_failures_total") > 0);
  assert.equal(consumer.stderr.match(/ waits: /g)?.length, 1, "one line, however often it is tried");

  await end(world);
  await consumer.until("everything is stored", () => storedCount(world.storePath) === GOOD, 45_000);
  await consumer.until(
    "every dead letter is written",
    async () => (await readRecords(stack, world.dlqTopic)).length >= POISON,
    20_000,
  );
  await consumer.says(/ goes on: its dead letters are written/, 5_000);
  assert.equal((await askHealth(port, "/health/ready"))?.status, 200);
  consumer.signal("SIGTERM");
  await consumer.endsWith(0, 15_000);
  assert.equal(consumer.summary["consumer.dlq_sent"], POISON);
  const letters = await readRecords(stack, world.dlqTopic);
  assert.deepEqual(letters.map(({ value }) => String(value)).sort(), poison.map(({ value }) => value).sort());
  assert.ok(letters.every(({ partition }) => partition === POISONED));
  assertOrderPerUser(storedOrders(world.storePath), orders);
}

async function deleteTopic({ stack, dlqTopic }: AppWorld): Promise<void> {
  const admin = await connectAdmin({ brokers: stack.brokers, clientId: "test" });
  try {
    await admin.deleteTopic(dlqTopic);
  } finally {
    await admin.close();
  }
}
