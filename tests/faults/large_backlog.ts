import assert from "node:assert/strict";
import { AppWorld } from "../harness/apps.ts";
import type { Scale } from "../harness/fault.ts";
import { fillTopic } from "../harness/fill_topic.ts";
import { Forwarder } from "../harness/forwarder.ts";
import { readMetrics } from "../harness/ops_client.ts";
import { PostgresServer } from "../harness/postgres_server.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { countInPostgres } from "../harness/stored_in_postgres.ts";

const PARTITIONS = 6;
const USERS = 50_000;
const SCALES = {
  ci: { records: 50_000, timeMs: 240_000 },
  full: { records: 2_000_000, timeMs: 1_800_000 },
} as const;
/** What each batch waits for its store, which takes one after the other: far below what could be read meanwhile. */
const STORE_AWAY_MS = 5;
const MAX_MB = 300;
const LOOK_EVERY_MS = 1_000;

/**
 * Two million orders wait in the log for a consumer whose store takes its time. It reads ahead as far as its bounds allow,
 * then waits, and never holds more than 300 MB.
 */
export default async function (stack: RealStack, scale: Scale, seed: number): Promise<string> {
  const { records, timeMs } = SCALES[scale];
  await using server = await PostgresServer.start();
  const url = await server.newDatabase();
  await using store = await Forwarder.open(url, { delayMs: STORE_AWAY_MS });
  await using world = await AppWorld.prepare(stack, "large-backlog", {
    partitions: PARTITIONS,
    variables: { ORDER_STORE_URL: store.through(url) },
  });
  await fillTopic(stack, { topic: world.topic, partitions: PARTITIONS, records, users: USERS, seed });
  const startedAt = performance.now();
  const consumer = world.run("consumer", []);
  const port = await consumer.opsPort();
  let waits = 0;
  let looks = 0;
  await consumer.until("the processing of everything", async () => {
    const series = await readMetrics(port);
    const rests = ["room", "slow-record"].some((reason) =>
      (series.get(`orderline_consumer_paused_partitions{reason="${reason}"}`) ?? 0) > 0
    );
    looks++;
    if (rests) waits++;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    return series.get("orderline_consumer_messages_processed_total") === records;
  }, timeMs);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { peakRssMb } = consumer;
  consumer.signal("SIGTERM");
  await consumer.endsWith(0, 20_000);

  assert.ok(waits >= looks / 10, `inconclusive: reading waited for the store in ${waits} of ${looks} looks`);
  assert.equal(consumer.summary["consumer.dlq_sent"], 0);
  assert.equal(await countInPostgres(url), records);
  assert.ok(peakRssMb > 20, "its memory was measured");
  assert.ok(peakRssMb <= MAX_MB, `the consumer held ${peakRssMb.toFixed(0)} MB`);
  return `${
    records.toLocaleString("en-US")
  } orders through a store that takes ${STORE_AWAY_MS} ms a batch, ` +
    `in ${seconds.toFixed(0)} s, ${Math.round(records / seconds).toLocaleString("en-US")}/s: at most ` +
    `${peakRssMb.toFixed(0)} MB`;
}
