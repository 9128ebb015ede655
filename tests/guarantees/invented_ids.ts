import assert from "node:assert/strict";
import { createEncoder } from "../../lib/avro/codec.ts";
import { openRegistry } from "../../lib/avro/open_registry.ts";
import { writeFrame } from "../../lib/avro/wire_format.ts";
import { type Order, ORDER_SCHEMA_TEXT, valueSubject } from "../../schemas/mod.ts";
import { AppWorld } from "../harness/apps.ts";
import { asOrder, makeOrders } from "../harness/order_files.ts";
import { produceRaw, type RawRecord } from "../harness/raw_records.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { startRegistryProxy } from "../harness/registry_proxy.ts";
import { seededRandom } from "../harness/seeded_random.ts";
import { storedCount } from "../harness/stored_orders.ts";

const INVENTED = 10_000;
const GOOD = 500;
const WINDOW_MS = 5_000;
const QUESTIONS_A_WINDOW = 20;
const BATCH = 2_500;

/**
 * Records whose schema ids are invented, mixed with good orders: each is dead-lettered, the good ones are stored, and
 * the registry is asked at most for twenty of them and one listing in five seconds.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "invented-ids", { partitions: 2 });
  await using proxy = await startRegistryProxy(stack.registryUrl);
  const subject = valueSubject(world.topic);
  const registry = openRegistry({ schemaRegistryUrl: stack.registryUrl });
  const id = await registry.idOf(subject, ORDER_SCHEMA_TEXT);
  const records = recordsOf(id!);
  for (let from = 0; from < records.length; from += BATCH) {
    await produceRaw(stack, world.topic, records.slice(from, from + BATCH));
  }

  const consumer = world.run("consumer", ["--until-idle", "1", "--max-wait", "240"], {
    SCHEMA_REGISTRY_URL: proxy.url,
    SCHEMA_CACHE_DIR: "none",
    FLOOD_GUARD: "off",
    LOG_LEVEL: "error",
  });
  const startedAt = performance.now();
  await consumer.endsWith(0, 300_000);
  const windows = Math.ceil((performance.now() - startedAt) / WINDOW_MS) + 1;
  assert.equal(storedCount(world.storePath), GOOD);

  const listings = proxy.requests.filter((request) => request === `GET /subjects/${subject}/versions`).length;
  assert.ok(listings >= 1, "the fault was not seen: nothing had to be listed");
  assert.ok(listings <= windows, `${listings} listings in ${windows} windows`);
  const byId = proxy.requests.filter((request) => request.startsWith("GET /schemas/ids/")).length;
  assert.ok(byId <= 1 + windows * QUESTIONS_A_WINDOW, `${byId} ids asked for in ${windows} windows`);
  console.log(
    `${INVENTED} invented ids in ${windows} windows of 5 s: ${byId} asked for, ${listings} listings, ` +
      `${proxy.requests.length} requests in all`,
  );
}

function recordsOf(id: number): RawRecord[] {
  const random = seededRandom(11);
  const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, id);
  const good = [...makeOrders({ count: GOOD, users: 50, seed: 11 })].map(asOrder);
  const records: RawRecord[] = [];
  for (const [index, order] of good.entries()) {
    const partition = Number(order.user.slice("user-".length)) % 2;
    records.push({ partition, key: order.user, value: encoder.encode(order) });
    for (let invented = 0; invented < INVENTED / GOOD; invented++) {
      const value = encoder.encode(order).slice();
      writeFrame(value, 1_000_000 + Math.floor(random() * 1_000_000_000));
      records.push({ partition: index % 2, key: `nobody-${index}-${invented}`, value });
    }
  }
  return records;
}
