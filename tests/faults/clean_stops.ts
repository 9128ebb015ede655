import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import type { AppProcess } from "../harness/app_process.ts";
import { AppWorld } from "../harness/apps.ts";
import { deliveriesIn } from "../harness/deliveries.ts";
import type { Scale } from "../harness/fault.ts";
import { streamOrderFile } from "../harness/order_files.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { seededRandom } from "../harness/seeded_random.ts";
import { storedCount, storedOrders } from "../harness/stored_orders.ts";
import { together } from "../harness/together.ts";

const STOPS = { ci: 8, full: 100 } as const;
const RATE = 1_000;
/** So long may a round take, also on a busy machine; the producer is stopped in mid-file. */
const ROUND_S = 11;
/** So few that they do not make five failures in a row, also where they are what a run begins with. */
const FAILING = { item: "test-failure", every: 3_000 };
/** One stop in five is anywhere in the start; the others are in the thick of the work. */
const IN_THE_START = 0.2;
const START_MS = 3_000;
const MEDIAN_MS = 3_000;
const P99_MS = 10_000;

/**
 * SIGTERM at random moments, and Ctrl-C to the whole process group of `deno task`, end both apps in order and soon: what
 * they took is answered, what is done is committed. The next run delivers none of it again but orders that waited for
 * another try, and nothing has a second effect.
 */
export default async function (stack: RealStack, scale: Scale, seed: number): Promise<string> {
  const { times, ...seen } = await sigtermUnderLoad(stack, STOPS[scale], seed);
  const stops = [...times, ...await controlC(stack)].sort((a, b) => a - b);
  const [median, p99] = [0.5, 0.99].map((share) => stops[Math.ceil(stops.length * share) - 1]!);
  assert.ok(median! <= MEDIAN_MS, `the median of ${stops.map(Math.round)} ms`);
  assert.ok(p99! <= P99_MS, `the 99th percentile of ${stops.map(Math.round)} ms`);
  return `${stops.length} stops under ${
    seen.orders.toLocaleString("en-US")
  } orders, ${seen.inTheStart} of them in the ` +
    `start: p50 ${seconds(median!)}, p99 ${seconds(p99!)}, longest ${
      seconds(stops.at(-1)!)
    }; 0 effects and 0 ` +
    `deliveries repeated, but ${seen.retried} of orders that waited for another try`;
}

async function sigtermUnderLoad(stack: RealStack, rounds: number, seed: number) {
  await using world = await AppWorld.prepare(stack, "clean-stops", {
    variables: { FAIL_ITEM: FAILING.item, LOG_RECORDS: "always", BREAKER_RESET_MS: "1500" },
  });
  const file = world.path("orders.ndjson");
  const failing: string[] = [];
  const options = { count: RATE * ROUND_S * rounds, users: 900, seed, marked: FAILING };
  await streamOrderFile(file, options, ({ order_id, item }) => {
    if (item === FAILING.item) failing.push(order_id);
  });
  const random = seededRandom(seed);
  const producer = world.run("producer", [file, "--rate", `${RATE}`]);
  const times: number[] = [];
  const sum = { processed: 0, deadLettered: 0, repeats: 0 };
  /** By order: the run that had it first. */
  const deliveredBy = new Map<string, number>();
  const again: string[] = [];
  let inTheStart = 0;
  const note = (consumer: AppProcess, run: number) => {
    const { summary } = consumer;
    sum.processed += summary["consumer.messages_processed"] ?? 0; // none where it was stopped before it had started
    sum.deadLettered += summary["consumer.dlq_sent"] ?? 0;
    sum.repeats += summary["consumer.repeats"] ?? 0;
    assert.equal(storedCount(world.storePath), sum.processed, "what a run counts is what it stored");
    for (const id of deliveriesIn(consumer.stderr)) {
      if (!deliveredBy.has(id)) deliveredBy.set(id, run);
      else if (deliveredBy.get(id) !== run) again.push(id);
    }
  };
  for (let round = 0; round < rounds; round++) {
    const consumer = world.run("consumer", []);
    const early = random() < IN_THE_START && sum.processed > 0;
    if (early) await consumer.until("it says something", () => consumer.stderr !== "", 30_000);
    else await working(consumer, world);
    await systemClock.sleep(early ? random() ** 3 * START_MS : random() * 1_000); // mostly just after its first word
    assert.ok(producer.running, "inconclusive: the load must outlast the rounds");
    if (early) inTheStart++;
    times.push(await stopped(consumer, () => consumer.signal("SIGTERM")));
    note(consumer, round);
  }
  times.push(await stopped(producer, () => producer.signal("SIGTERM")));
  const delivered = producer.summary["producer.delivery_success"]!;
  const sent = producer.summary["producer.messages_sent"];
  assert.equal(sent, delivered, "what was handed over was acknowledged");
  const last = world.run("consumer", ["--until-idle", "1", "--max-wait", "60"]);
  await last.endsWith(0, 75_000);
  note(last, rounds);

  const bad = failing.slice(0, Math.floor(delivered / FAILING.every));
  assert.equal(sum.repeats, 0, "effects that a run repeated");
  assert.equal(sum.processed + sum.deadLettered, delivered, "no order ends in two runs, and none in none");
  assert.equal(sum.deadLettered, bad.length);
  assert.equal(storedOrders(world.storePath).length, delivered - bad.length);
  assert.equal((await readRecords(stack, world.dlqTopic)).length, bad.length, "each dead letter once");
  assert.equal(deliveredBy.size, delivered, "every delivery was seen");
  const waited = new Set(bad);
  assert.deepEqual(again.filter((id) => !waited.has(id)), [], "delivered again where no retry was waiting");
  return { times, inTheStart, orders: delivered, retried: new Set(again).size };
}

async function controlC(stack: RealStack): Promise<number[]> {
  await using world = await AppWorld.prepare(stack, "control-c");
  const producer = world.runTask("producer", ["--generate", "1000000", "--rate", `${RATE}`]);
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

/** Signals, waits for exit code 0, and resolves with the milliseconds that it took. */
async function stopped(app: AppProcess, signal: () => void): Promise<number> {
  const startedAt = performance.now();
  signal();
  await app.endsWith(0, 20_000);
  const tookMs = performance.now() - startedAt;
  if (/ before it had started/.test(app.stderr)) return tookMs;
  assert.match(app.stderr, / - Stopping\b/);
  assert.ok(Object.keys(app.summary).length >= 4, `no summary was printed:\n${app.tail}`);
  return tookMs;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
