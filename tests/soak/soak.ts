import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import type { HurtableStack } from "../harness/fault.ts";
import { HealthWatch } from "../harness/health_watch.ts";
import { readRecords } from "../harness/read_all.ts";
import { scanTopic } from "../harness/scan_topic.ts";
import { seededRandom } from "../harness/seeded_random.ts";
import { storedInPostgres } from "../harness/stored_in_postgres.ts";
import { assertOrderPerUser } from "../harness/stored_orders.ts";
import { soakFaults } from "./soak_faults.ts";
import { SoakScene } from "./soak_scene.ts";
import { SteadyWatch } from "./steady_watch.ts";

const MINUTE_MS = 60_000;
const LAG_MS = 300_000;
/** Frame and the length of the id, which an order begins with. */
const ID_AT = 6;
const ID_LENGTH = 36;

/**
 * Both apps work for a long time, and every minute something happens to them. At the end nothing is lost, repeated or out
 * of order, the lag is 0, and the apps that were never touched are as they were: live all the time, with no more memory,
 * handles and timers than at the beginning.
 */
export default async function (stack: HurtableStack, minutes: number, seed: number): Promise<string> {
  await using scene = await SoakScene.open(stack, { minutes, seed });
  const random = seededRandom(seed);
  const watches = [scene.steadyConsumer, scene.steadyProducer].map((one) => new SteadyWatch(one));
  const lives = await Promise.all(
    watches.map(async ({ probed }) => new HealthWatch(await probed.process.opsPort())),
  );
  const startedAt = systemClock.monotonic();
  const faults = soakFaults(scene, random);
  let deck: typeof faults = [];
  const struck = new Map<string, number>();
  for (let minute = 0; minute < minutes; minute++) {
    await systemClock.sleep(Math.max(0, startedAt + minute * MINUTE_MS - systemClock.monotonic()));
    if (systemClock.monotonic() - startedAt >= minutes * MINUTE_MS) break; // the ones before took longer
    if (deck.length === 0) deck = shuffled(faults, random);
    const { name, strike } = deck.pop()!;
    console.error(`minute ${minute + 1} of ${minutes}: ${name}`);
    await strike();
    scene.assertRunning();
    struck.set(name, (struck.get(name) ?? 0) + 1);
  }
  await systemClock.sleep(Math.max(0, startedAt + minutes * MINUTE_MS - systemClock.monotonic()));
  const count = [...struck.values()].reduce((sum, times) => sum + times, 0);
  assert.ok(count >= minutes * 0.7, `inconclusive: only ${count} faults in ${minutes} minutes`);

  const steadiness = watches.map((watch) => watch.end(minutes));
  const refusals = (await Promise.all(lives.map((life) => life.end()))).flatMap(({ refusals }) => refusals);
  assert.deepEqual(refusals.filter((one) => one.startsWith("/health/live")), [], "live all the time");
  const orders = await endOfLoad(scene);
  return `${minutes} minutes, ${count} faults (${
    [...struck].map(([name, times]) => `${name} ${times}`).join(", ")
  }): ${orders.toLocaleString("en-US")} orders, none lost, each with one effect, in order, lag 0; ${
    ["consumer", "producer"].map((name, index) => `${name} ${steadiness[index]}`).join("; ")
  }`;
}

/** Stops the load, waits until everything is consumed, and holds the store against what was sent. */
async function endOfLoad(scene: SoakScene): Promise<number> {
  const { stack, world, courier, steadyProducer, steadyConsumer, struckConsumer, storeUrl } = scene;
  steadyProducer.process.signal("SIGTERM");
  await Promise.all([steadyProducer.process.endsWith(0, 30_000), courier.end()]);
  const delivered = steadyProducer.process.summary["producer.delivery_success"]!;
  const sent = [...scene.steadyOrders.slice(0, delivered), ...courier.delivered];
  const admin = await connectAdmin({ brokers: stack.brokers, clientId: "soak" });
  try {
    await steadyConsumer.process.until("the lag is 0", async () => {
      const lag = await admin.lag(world.group, world.topic);
      return lag.reduce((sum, one) => sum + one.lag, 0) === 0;
    }, LAG_MS);
  } finally {
    await admin.close();
  }
  for (const { process } of [steadyConsumer, struckConsumer]) {
    process.signal("SIGTERM");
    await process.endsWith(0, 20_000);
    assert.equal(process.summary["consumer.dlq_sent"], 0);
  }
  const stored = await storedInPostgres(storeUrl);
  const ids = new Set(stored.map(({ order_id }) => order_id));
  const lost = sent.filter(({ order_id }) => !ids.has(order_id));
  assert.equal(
    lost.length,
    0,
    `${lost.length} acknowledged orders have no effect, the first ${lost[0]?.order_id}`,
  );
  assert.equal(stored.length, sent.length, "and nothing else has one");
  assertOrderPerUser(stored, sent);
  const ascii = new TextDecoder();
  await scanTopic(stack, world.topic, ({ partition, offset, value }) => {
    const id = ascii.decode(value!.subarray(ID_AT, ID_AT + ID_LENGTH));
    assert.ok(ids.has(id), `${partition}@${offset}, ${id}, came to no end`);
  });
  assert.deepEqual(await readRecords(stack, world.dlqTopic), []);
  return sent.length;
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list.map((one) => ({ one, by: random() })).sort((a, b) => a.by - b.by).map(({ one }) => one);
}
