import assert from "node:assert/strict";
import { createEncoder } from "../../lib/avro/codec.ts";
import { openRegistry } from "../../lib/avro/open_registry.ts";
import { type Order, ORDER_SCHEMA_TEXT, valueSubject } from "@orderline/schemas";
import { AppWorld } from "../harness/apps.ts";
import { asOrder, makeOrders } from "../harness/order_files.ts";
import { askHealth, readMetrics } from "../harness/ops_client.ts";
import { type Poison, poisonous } from "../harness/poison.ts";
import { produceRaw, type RawRecord } from "../harness/raw_records.ts";
import { type FoundRecord, readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { storedOrders } from "../harness/stored_orders.ts";

const PARTITIONS = 3;
const GOOD = 300;
const HEADERS = { "trace-id": "abc-123", "bytes": Uint8Array.of(0, 255, 128), "empty": "" };
const DOCUMENTED = [
  "original_topic",
  "original_partition",
  "original_offset",
  "error",
  "timestamp",
  "original_value",
];
const utf8 = new TextEncoder();

/**
 * Whatever others put on the topic stops nothing: it becomes a dead letter, byte for byte and with its reason, in
 * the partition that it came from; a tombstone is passed over; and the good orders around are all stored.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "others", { partitions: PARTITIONS });
  const encode = await encoderFor(world);
  const poison = poisonous(encode);
  const good = [...makeOrders({ count: GOOD, users: 40, seed: 4 })].map(asOrder);
  const records: (RawRecord & { poison?: Poison })[] = [];
  good.forEach((order, index) => {
    // By user, so that the one user's orders are in one partition, as a producer would have it.
    const partition = Number(order.user.slice("user-".length)) % PARTITIONS;
    records.push({ partition, key: order.user, value: encode(order) });
    const one = poison[index];
    if (one !== undefined) {
      records.push({
        partition: index % PARTITIONS,
        key: one.key,
        value: one.value,
        headers: HEADERS,
        poison: one,
      });
    }
    if (index % 100 === 50) records.push({ partition: index % PARTITIONS, key: order.user, value: null });
  });
  const offsets = [0, 0, 0];
  const placed = records.map((record) => ({ ...record, offset: offsets[record.partition]!++ }));
  await produceRaw(stack, world.topic, records);

  const consumer = world.run("consumer", []);
  const port = await consumer.opsPort();
  const count = async (name: string) => (await readMetrics(port)).get(`orderline_consumer_${name}`) ?? 0;
  await consumer.until(
    "the storing of every good order",
    async () => await count("messages_processed_total") >= GOOD,
    40_000,
  );
  await consumer.until(
    "the skipping of every tombstone",
    async () => await count("messages_skipped_total") === 3,
    10_000,
  );
  await consumer.until(
    "the dead letters of all others",
    async () => (await readRecords(stack, world.dlqTopic)).length >= poison.length,
    20_000,
  );
  assert.equal((await askHealth(port, "/health/ready"))?.status, 200);
  consumer.signal("SIGTERM");
  await consumer.endsWith(0, 15_000);
  assert.equal(consumer.summary["consumer.dlq_sent"], poison.length);

  assert.deepEqual(
    storedOrders(world.storePath).map(({ order_id }) => order_id).sort(),
    good.map(({ order_id }) => order_id).sort(),
  );
  const letters = await readRecords(stack, world.dlqTopic);
  assert.equal(letters.length, poison.length);
  for (const { partition, offset, poison } of placed) {
    if (poison !== undefined) assertByteForByte(world, poison, { partition, offset }, letters);
  }
  await assertShownByTheTool(world, letters);
}

function assertByteForByte(
  world: AppWorld,
  poison: Poison,
  at: { readonly partition: number; readonly offset: number },
  letters: readonly FoundRecord[],
): void {
  const fact = ({ headers }: FoundRecord, name: string) => String(headers[`dlq.${name}`]);
  const letter = letters.find((one) =>
    one.partition === at.partition && fact(one, "original_offset") === String(at.offset)
  );
  assert.ok(letter !== undefined, `no dead letter in partition ${at.partition} for ${poison.what}`);
  assert.equal(fact(letter, "reason"), poison.reason, `${poison.what}: ${fact(letter, "error")}`);
  assert.equal(fact(letter, "original_topic"), world.topic);
  assert.equal(fact(letter, "original_partition"), String(at.partition));
  assert.equal(fact(letter, "attempts"), "0", "the handler never saw it");
  const bytes = (value: Uint8Array | string | null) =>
    value === null ? null : (typeof value === "string" ? utf8.encode(value) : value).toHex();
  assert.equal(letter.key?.toHex() ?? null, bytes(poison.key), `the key of ${poison.what}`);
  assert.equal(letter.value?.toHex() ?? null, bytes(poison.value), `the value of ${poison.what}`);
  for (const [name, value] of Object.entries(HEADERS)) {
    assert.equal((letter.headers[name] as Uint8Array).toHex(), bytes(value), `header ${name}`);
  }
}

/** `dlq list` prints all of them with the six documented names, and `dlq show` each by itself. */
async function assertShownByTheTool(world: AppWorld, letters: readonly FoundRecord[]): Promise<void> {
  const list = world.run("dlq", ["list", "--last", "1000", "--json"]);
  await list.endsWith(0, 30_000);
  const shown = list.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(shown.length, letters.length);
  for (const one of shown) {
    for (const name of DOCUMENTED) {
      assert.ok(one[name] !== undefined, `${name} is missing in ${JSON.stringify(one)}`);
    }
    assert.ok(Math.abs(one.timestamp - Date.now() / 1_000) < 600, "seconds, not milliseconds");
    assert.ok(one.error.length > 10);
  }
  const samples = [
    shown.find(({ reason }) => reason === "invalid"),
    shown.find(({ reason }) => reason === "not-framed"),
  ];
  await Promise.all(samples.map(async (sample) => {
    const show = world.run("dlq", ["show", sample.place, "--json"]);
    await show.endsWith(0, 30_000);
    assert.deepEqual(JSON.parse(show.stdout), sample);
  }));
  assert.equal(samples[0].original_value_encoding, "decoded");
  assert.ok(typeof samples[0].original_value.quantity === "number");
  const [partition, offset] = samples[1].place.split(":").map(Number);
  const raw = letters.find((one) => one.partition === partition && one.offset === offset);
  assert.equal(samples[1].original_value, raw!.value!.toBase64());
}

async function encoderFor(world: AppWorld): Promise<(order: Order) => Uint8Array> {
  const registry = openRegistry({
    schemaRegistryUrl: world.stack.registryUrl,
    schemaRegistryUsername: "",
    schemaRegistryPassword: "",
  });
  const id = await registry.idOf(valueSubject(world.topic), ORDER_SCHEMA_TEXT);
  const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, id!);
  return (order) => encoder.encode(order);
}
