import assert from "node:assert/strict";
import { systemClock } from "../../lib/core/clock.ts";
import type { AppProcess } from "../harness/app_process.ts";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { askHealth, readMetrics } from "../harness/ops_client.ts";
import { PostgresServer } from "../harness/postgres_server.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { storedInPostgres } from "../harness/stored_in_postgres.ts";
import { assertOrderPerUser } from "../harness/stored_orders.ts";
import { together } from "../harness/together.ts";

const ORDERS = 15_000;
const RATE = 500;
const AWAY_MS = 20_000;

/**
 * Two members of a group store in one PostgreSQL, which is killed under load and started again twenty seconds later.
 * Their breakers open, nothing ends, and when it is back all goes on: no order lost, dead-lettered or stored twice,
 * every user's in their order, and nobody has left the group.
 */
export default async function (stack: RealStack): Promise<void> {
  await using server = await PostgresServer.start();
  const url = await server.newDatabase();
  await using world = await AppWorld.prepare(stack, "postgres-away", {
    // With one attempt, an outage that was taken for the order's fault would be a dead letter at once.
    variables: { ORDER_STORE_URL: url, BREAKER_RESET_MS: "1500", MAX_ATTEMPTS: "1" },
  });
  const file = world.path("orders.ndjson");
  const orders = await writeOrderFile(file, { count: ORDERS, users: 500, seed: 11 });
  const members = await together([startMember(world), startMember(world)]);
  const [first] = members as [Member, Member];
  await first.process.until(
    "each member has half of the partitions",
    async () => (await together(members.map((one) => one.assigned()))).every((count) => count === 3),
    60_000,
  );
  const producer = world.run("producer", [file, "--rate", String(RATE)]);
  for (const { process, count } of members) {
    await process.until("it processes", async () => await count("messages_processed_total") > 500, 60_000);
  }
  const joins = await together(members.map(({ count }) => count("rebalances_total")));

  await server.kill();
  const until = systemClock.monotonic() + AWAY_MS;
  await together(members.map(async ({ process, port, count }) => {
    await process.says(/Circuit breaker open after 5 failures in a row/, 10_000);
    await process.until(
      "its partitions are paused",
      async () => await count('paused_partitions{reason="breaker"}') === 3,
      5_000,
    );
    assert.equal((await askHealth(port, "/health"))?.body.status, "degraded");
    assert.equal((await askHealth(port, "/health/ready"))?.status, 200, "no reason to stop a rollout");
  }));
  await systemClock.sleep(until - systemClock.monotonic());
  await server.start();

  for (const { process } of members) {
    await process.says(/Circuit breaker closed: processing goes on/, 20_000);
    assert.match(process.stderr, /open again: the probe failed/, "it was away for longer than one probe");
  }
  await producer.endsWith(0, 120_000);
  await first.process.until("the processing of everything", async () => {
    const counts = await together(members.map(({ count }) => count("messages_processed_total")));
    return counts.reduce((sum, one) => sum + one, 0) === ORDERS;
  }, 60_000);
  assert.deepEqual(
    await together(members.map(({ count }) => count("rebalances_total"))),
    joins,
    "none since",
  );
  for (const { process } of members) process.signal("SIGTERM");
  for (const { process } of members) {
    await process.endsWith(0, 15_000);
    assert.equal(process.summary["consumer.dlq_sent"], 0);
  }
  assert.deepEqual(await readRecords(stack, world.dlqTopic), []);
  const stored = await storedInPostgres(url);
  assert.equal(stored.length, ORDERS);
  assertOrderPerUser(stored, orders);
}

interface Member {
  readonly process: AppProcess;
  readonly port: number;
  readonly count: (name: string) => Promise<number>;
  readonly assigned: () => Promise<number>;
}

async function startMember(world: AppWorld): Promise<Member> {
  const process = world.run("consumer", []);
  const port = await process.opsPort();
  return {
    process,
    port,
    count: async (name) => (await readMetrics(port)).get(`orderline_consumer_${name}`) ?? 0,
    assigned: async () => (await askHealth(port, "/health"))?.body.assigned_partitions,
  };
}
