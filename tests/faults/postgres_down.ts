import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import { AppWorld } from "../harness/apps.ts";
import { ConsumerMember } from "../harness/consumer_member.ts";
import type { Scale } from "../harness/fault.ts";
import { Forwarder } from "../harness/forwarder.ts";
import { HealthWatch } from "../harness/health_watch.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { PostgresServer } from "../harness/postgres_server.ts";
import { probesOf } from "../harness/probes.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { countInPostgres, storedInPostgres } from "../harness/stored_in_postgres.ts";
import { assertOrderPerUser } from "../harness/stored_orders.ts";
import { together } from "../harness/together.ts";

const SCALES = {
  ci: { awayMs: 7_000, rate: 500, resetMs: 1_500, variables: { BREAKER_RESET_MS: "1500" } },
  full: { awayMs: 300_000, rate: 300, resetMs: 60_000, variables: {} }, // the breaker as it is by default
} as const;
const USERS = 500;
/** The load goes on for so long before and after, also where members take long to start; it is stopped in mid-file. */
const MARGIN_S = 180;
/** A breaker stays open up to a tenth longer, by chance. */
const JITTER = 1.1;
const FIRST_EFFECT_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * Two members of a group store in one PostgreSQL, which is killed under load and started again much later. Their breakers
 * open, each asks once a reset time, nothing ends and nobody leaves the group; with the first probe that finds it back
 * all goes on: no order lost, dead-lettered or stored twice, every user's in their order.
 */
export default async function (stack: RealStack, scale: Scale, seed: number): Promise<string> {
  const { awayMs, rate, resetMs, variables } = SCALES[scale];
  await using server = await PostgresServer.start();
  const url = await server.newDatabase();
  // One finds a door that hangs up, which counts the probes; the other finds nothing, as where a server was killed.
  await using counted = await Forwarder.open(url);
  await using refused = await Forwarder.open(url);
  const doors = [counted, refused];
  // With one attempt, an outage that was taken for the order's fault would be a dead letter at once.
  await using world = await AppWorld.prepare(stack, "postgres-down", {
    variables: { MAX_ATTEMPTS: "1", ...variables },
  });
  const file = world.path("orders.ndjson");
  const orders = await writeOrderFile(file, {
    count: rate * (awayMs / 1_000 + MARGIN_S),
    users: USERS,
    seed,
  });
  const members = await together(
    doors.map((door) => ConsumerMember.start(world, { ORDER_STORE_URL: door.through(url) })),
  );
  await together(members.map((member) => member.owns(3, 60_000)));
  const producer = world.run("producer", [file, "--rate", `${rate}`]);
  await together(members.map((member) => member.processes(200, 60_000)));
  const joins = await together(members.map((member) => member.count("rebalances_total")));
  const watches = members.map(({ port }) => new HealthWatch(port));

  await server.kill();
  refused.refuse();
  const killedAt = systemClock.monotonic();
  await together(members.map(async (member) => {
    await member.process.says(/Circuit breaker open after 5 failures in a row/, 20_000);
    await member.process.until(
      "its partitions are paused",
      async () => await member.count('paused_partitions{reason="breaker"}') === 3,
      10_000,
    );
    assert.equal((await member.health())?.body.status, "degraded");
  }));
  const openAt = systemClock.monotonic();
  await systemClock.sleep(awayMs - (openAt - killedAt));
  assert.ok(producer.running, "inconclusive: the load ended before PostgreSQL was back");
  const processed = await together(members.map((member) => member.count("messages_processed_total")));
  const openings = await together(members.map((member) => member.count("circuit_breaker_opened_total")));
  const backAt = systemClock.monotonic();

  const effects = together(
    members.map((member, index) => firstEffect(member, { after: processed[index]!, resetMs })),
  );
  await counted.hangUp(); // until it has recovered: the first that is let through is the probe that finds it back
  await server.start();
  await together(doors.map((door) => door.pass()));
  const effectsAt = await effects;
  const waitedMs = doors.map((door, index) => {
    const probe = door.arrivals.find(({ at, reached }) => reached && at > backAt);
    assert.ok(probe, "the probe that found it back came through the door");
    return effectsAt[index]! - probe.at;
  });
  const longestMs = Math.max(...waitedMs);
  assert.ok(longestMs <= FIRST_EFFECT_MS, `the first effect came ${longestMs} ms after the probe`);

  const probes = probesOf(counted.arrivals.filter(({ at }) => at > openAt && at <= backAt));
  const gaps = probes.slice(1).map(({ at }, index) => at - probes[index]!.endedAt);
  const least = Math.floor((backAt - openAt) / (resetMs * JITTER + 5_000));
  assert.ok(probes.length >= least, `inconclusive: ${probes.length} probes were seen, ${least} were due`);
  assert.ok(
    probes.every(({ connections }) => connections <= 2),
    "a connection that is cut is tried once more",
  );
  assert.ok(gaps.every((gap) => gap >= resetMs), `probes came ${gaps.map(Math.round)} ms after one another`);
  const most = Math.floor((backAt - killedAt) / resetMs) + 1;
  assert.ok(openings.every((count) => count >= 1 && count <= most), `breakers opened ${openings} times`);

  producer.signal("SIGTERM");
  await producer.endsWith(0, 30_000);
  const delivered = producer.summary["producer.delivery_success"]!;
  await members[0]!.process.until(
    "the storing of everything",
    async () => await countInPostgres(url) === delivered,
    240_000,
  );
  const health = await together(watches.map((watch) => watch.end()));
  assert.deepEqual(health.flatMap(({ refusals }) => refusals), [], "live and ready all the time");
  assert.deepEqual(
    await together(members.map((member) => member.count("rebalances_total"))),
    joins,
    "nobody has joined since",
  );
  for (const { process } of members) process.signal("SIGTERM");
  for (const { process } of members) {
    await process.endsWith(0, 15_000);
    assert.equal(process.summary["consumer.dlq_sent"], 0);
  }
  assert.deepEqual(await readRecords(stack, world.dlqTopic), []);
  const stored = await storedInPostgres(url);
  assert.equal(stored.length, delivered);
  assertOrderPerUser(stored, orders.slice(0, delivered));
  const apart = gaps.map((gap) => (gap / 1_000).toFixed(1)).join(", ");
  return `${((backAt - killedAt) / 1_000).toFixed(0)} s without PostgreSQL under ${rate} orders/s: ` +
    `${
      grouped(delivered)
    } orders, each stored once, in order, 0 dead letters, 0 rebalances; ${probes.length} probes` +
    `${gaps.length > 0 ? `, ${apart} s apart` : ""}; ` +
    `first effect ${Math.round(longestMs)} ms after the probe that found it back`;
}

/** When a member has processed something again. */
async function firstEffect(
  member: ConsumerMember,
  { after, resetMs }: { readonly after: number; readonly resetMs: number },
): Promise<number> {
  const until = systemClock.monotonic() + resetMs * JITTER + 30_000;
  while (await member.count("messages_processed_total") <= after) {
    assert.ok(systemClock.monotonic() < until, `nothing goes on:\n${member.process.tail}`);
    await systemClock.sleep(LOOK_EVERY_MS);
  }
  return systemClock.monotonic();
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
