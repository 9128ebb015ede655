import assert from "node:assert/strict";
import { systemClock } from "../../lib/core/clock.ts";
import type { AppProcess } from "../harness/app_process.ts";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { seededRandom } from "../harness/seeded_random.ts";
import { together } from "../harness/together.ts";
import { storedCount, storedOrders } from "../harness/stored_orders.ts";

const ROUNDS = 8;
const RATE = 1_000;
/** More than the rounds take, also on a busy machine; the producer is stopped in mid-file. */
const ORDERS = 90_000;
const MEDIAN_MS = 3_000;
const LONGEST_MS = 10_000;

/**
 * SIGTERM, and Ctrl-C to the whole process group of `deno task`, end both apps in order and soon: what they took is
 * answered, what is done is committed, and the next run does none of it again.
 */
export default async function (stack: RealStack): Promise<void> {
  const stops = [...await sigtermUnderLoad(stack), ...await controlC(stack)].sort((a, b) => a - b);
  const median = stops[Math.floor(stops.length / 2)]!;
  console.log(`stops: median ${median.toFixed(0)} ms, longest ${stops.at(-1)!.toFixed(0)} ms`);
  assert.ok(median <= MEDIAN_MS, `the median of ${stops.map(Math.round)} ms`);
  assert.ok(stops.at(-1)! <= LONGEST_MS, `the longest of ${stops.map(Math.round)} ms`);
}

async function sigtermUnderLoad(stack: RealStack): Promise<number[]> {
  await using world = await AppWorld.prepare(stack, "sigterm");
  const file = world.path("orders.ndjson");
  const random = seededRandom(8);
  await writeOrderFile(file, { count: ORDERS, users: 900, seed: 8 });
  const producer = world.run("producer", [file, "--rate", String(RATE)]);
  const stops: number[] = [];
  let processed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const consumer = world.run("consumer", []);
    await working(consumer, world);
    await systemClock.sleep(random() * 1_000);
    assert.ok(producer.running, "the load must outlast the rounds");
    stops.push(await stopped(consumer, () => consumer.signal("SIGTERM")));
    processed += consumer.summary["consumer.messages_processed"]!;
    assert.equal(storedCount(world.storePath), processed, "what a run counts is what it stored");
  }
  stops.push(await stopped(producer, () => producer.signal("SIGTERM")));
  const delivered = producer.summary["producer.delivery_success"]!;
  assert.ok(delivered > 0 && delivered < ORDERS, `stopped in mid-file, after ${delivered}`);
  assert.equal(
    producer.summary["producer.messages_sent"],
    delivered,
    "what was handed over was acknowledged",
  );
  const last = world.run("consumer", ["--until-idle", "1", "--max-wait", "60"]);
  await last.endsWith(0, 75_000);
  processed += last.summary["consumer.messages_processed"]!;
  assert.equal(processed, delivered, "no order is processed by two runs, and none by none");
  assert.equal(storedOrders(world.storePath).length, delivered);
  return stops;
}

async function controlC(stack: RealStack): Promise<number[]> {
  await using world = await AppWorld.prepare(stack, "control-c");
  const producer = world.runTask("producer", ["--generate", "1000000", "--rate", String(RATE)]);
  const consumer = world.runTask("consumer", []);
  await working(consumer, world);
  await systemClock.sleep(1_000);
  const stops = await together(
    [producer, consumer].map((app) => stopped(app, () => pressControlC(app))),
  );
  const delivered = producer.summary["producer.delivery_success"]!;
  assert.equal(producer.summary["producer.messages_sent"], delivered);
  assert.equal((await readRecords(stack, world.topic)).length, delivered, "acknowledged and in the log");
  const processed = consumer.summary["consumer.messages_processed"]!;
  const last = world.run("consumer", ["--until-idle", "1", "--max-wait", "60"]);
  await last.endsWith(0, 75_000);
  assert.equal(processed + last.summary["consumer.messages_processed"]!, delivered);
  return stops;
}

/**
 * The app gets a Ctrl-C from the terminal, and again from `deno task`, which passes it on. Two signals at the same
 * moment may become one, so the second is sent for certain.
 */
function pressControlC(app: AppProcess): void {
  app.signalGroup("SIGINT");
  setTimeout(() => app.running && app.signalGroup("SIGINT"), 20);
}

/** Resolves when this run, not one before it, has stored an order. */
async function working(consumer: AppProcess, world: AppWorld): Promise<void> {
  const before = storedCount(world.storePath);
  await consumer.until("some order is stored", () => storedCount(world.storePath) > before, 30_000);
}

/** Signals, waits for exit code 0 and the summary, and resolves with the milliseconds that it took. */
async function stopped(app: AppProcess, signal: () => void): Promise<number> {
  const startedAt = performance.now();
  signal();
  await app.endsWith(0, 20_000);
  assert.match(app.stderr, / - Stopping\b/);
  assert.ok(Object.keys(app.summary).length >= 4, `no summary was printed:\n${app.tail}`);
  return performance.now() - startedAt;
}
