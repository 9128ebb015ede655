import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import { killServer, startServer } from "../../tools/stack/server_control.ts";
import { AppWorld } from "../harness/apps.ts";
import { ConsumerMember } from "../harness/consumer_member.ts";
import type { HurtableStack, Scale } from "../harness/fault.ts";
import { Forwarder } from "../harness/forwarder.ts";
import { HealthWatch } from "../harness/health_watch.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { readRecords } from "../harness/read_all.ts";
import { storedCount, storedOrders } from "../harness/stored_orders.ts";
import { Strangers } from "../harness/strangers.ts";
import { together } from "../harness/together.ts";
import { until } from "../harness/topics.ts";

const SCALES = {
  // With the shortest session, so that the group soon does without the member that is killed.
  ci: { awayMs: 10_000, rate: 200, strangersPerSecond: 40, variables: { SESSION_TIMEOUT_MS: "6000" } },
  full: { awayMs: 300_000, rate: 200, strangersPerSecond: 6, variables: {} }, // they all can wait at once
} as const;
const PARTITIONS = 6;
const SCHEMAS = 3;
const MARGIN_S = 240;
/** A reader waits 1 s, 2 s, 4 s and then 5 s between two questions for an id. */
const STEPS_MS = [1_000, 2_000, 4_000, 5_000];

/**
 * The registry is away while records come whose schema nobody has seen yet, and members are stopped and killed and start
 * cold, without any schema. What can be read goes on, what cannot waits: nothing is dead-lettered, nobody counts as dead,
 * and the registry that comes back was not asked more often than once for each schema and step of the wait.
 */
export default async function (stack: HurtableStack, scale: Scale, seed: number): Promise<string> {
  const { awayMs, rate, strangersPerSecond, variables } = SCALES[scale];
  await using world = await AppWorld.prepare(stack, "registry-down", { partitions: PARTITIONS, variables });
  const { topic } = world;
  const capacity = Math.ceil(strangersPerSecond * awayMs / 1_000);
  await using strangers = await Strangers.prepare(
    stack,
    { topic, partitions: PARTITIONS, schemas: SCHEMAS, seed: seed + 1 },
    capacity,
  );
  const file = world.path("orders.ndjson");
  await writeOrderFile(file, { count: rate * (awayMs / 1_000 + MARGIN_S), users: 400, seed });
  await using groups = new AsyncDisposableStack();
  const readers = await together(["stopped", "killed"].map(async (how) => {
    const door = groups.use(await Forwarder.open(stack.registryUrl));
    const group = groups.use(
      await world.anotherGroup({
        SCHEMA_REGISTRY_URL: door.through(stack.registryUrl),
        SCHEMA_CACHE_DIR: "none", // who starts again knows no schema at all
      }),
    );
    return { how, door, group, member: await ConsumerMember.start(group) };
  }));
  const producer = world.run("producer", [file, "--rate", `${rate}`]);
  await together(readers.map(({ member }) => member.processes(rate, 60_000)));

  if (scale === "full") await killServer(stack.dataDir, "registry");
  else await together(readers.map(({ door }) => door.hangUp())); // other tests use this registry, too
  const awayAt = systemClock.monotonic();
  const stopSending = systemClock.every(1_000 / strangersPerSecond, () => {
    if (strangers.sent < capacity) void strangers.send();
  });
  const warm = readers.map(({ member }) => new HealthWatch(member.port));
  await together(readers.map(({ member }) => member.process.says(/Waiting to read records/, 20_000)));
  const before = readers.map(({ group }) => storedCount(group.storePath));
  await systemClock.sleep(awayMs / 2 - (systemClock.monotonic() - awayAt));
  for (const [index, { group, member }] of readers.entries()) {
    const stored = storedCount(group.storePath) - before[index]!;
    assert.ok(stored > 0, `what can be read goes on beside what waits:\n${member.process.tail}`);
    const said = member.process.stderr.match(/Waiting to read records/g)!.length;
    assert.equal(said, 1, "said once, not for every record");
  }
  const warmRefusals = await together(warm.map((watch) => watch.end()));
  const coldAt = systemClock.monotonic();
  const cold = await together(readers.map(async (reader) => {
    const { how, group, member } = reader;
    if (how === "stopped") {
      member.process.signal("SIGTERM");
      await member.process.endsWith(0, 20_000);
      assert.equal(member.process.summary["consumer.dlq_sent"], 0);
    } else {
      member.process.kill();
      await member.process.ended;
    }
    const again = await ConsumerMember.start(group);
    const watch = new HealthWatch(again.port);
    await again.process.says(/records whose schema is not known yet wait until it answers/, 60_000);
    await again.process.says(/Waiting to read records: the schema registry at .* cannot be reached/, 60_000);
    return { ...reader, member: again, watch };
  }));
  await systemClock.sleep(awayMs - (systemClock.monotonic() - awayAt));
  stopSending();
  const backAt = systemClock.monotonic();
  assert.ok(producer.running, "inconclusive: the load ended before the registry was back");
  assert.deepEqual(await readRecords(stack, world.dlqTopic), []);

  const asked = readers.map(({ door }) => lookups(door, { awayAt, coldAt, backAt }));
  if (scale === "full") await startServer(stack.dataDir, "registry");
  else await together(readers.map(({ door }) => door.pass()));
  const answersAt = systemClock.monotonic();
  producer.signal("SIGTERM");
  await producer.endsWith(0, 30_000);
  const all = producer.summary["producer.delivery_success"]! + strangers.sent;
  await together(
    cold.map(({ group, member }) =>
      member.process.until("the storing of everything", () => storedCount(group.storePath) === all, 120_000)
    ),
  );
  const wentOnMs = systemClock.monotonic() - answersAt;
  const refusals = await together(cold.map(({ watch }) => watch.end()));
  const notLive = [...warmRefusals, ...refusals].flatMap(({ refusals }) => refusals).filter((one) =>
    one.startsWith("/health/live")
  );
  assert.deepEqual(notLive, [], "no restart would bring the registry back");
  for (const { group, member } of cold) {
    member.process.signal("SIGTERM");
    await member.process.endsWith(0, 20_000);
    assert.equal(member.process.summary["consumer.dlq_sent"], 0);
    const ids = new Set(storedOrders(group.storePath).map(({ order_id }) => order_id));
    assert.ok(
      strangers.orderIds.every((id) => ids.has(id)),
      "every order of a schema that was not known is stored",
    );
  }
  assert.deepEqual(await readRecords(stack, world.dlqTopic), []);
  await until("the registry as it was", async () => (await fetch(stack.registryUrl)).status < 500, 10_000);
  return `${(awayMs / 1_000).toFixed(0)} s without a registry: ${all.toLocaleString("en-US")} orders, ` +
    `${strangers.sent} of ${SCHEMAS} schemas not known before, all stored by two groups, 0 dead letters; ` +
    `asked ${asked.join(" and ")} times; all done ${(wentOnMs / 1_000).toFixed(1)} s after it answered`;
}

/** How often a reader asked while the registry was away. Throws where that is more than it may. */
function lookups(
  { arrivals }: Forwarder,
  { awayAt, coldAt, backAt }: { readonly awayAt: number; readonly coldAt: number; readonly backAt: number },
): number {
  const missed = arrivals.filter(({ reached, at }) => !reached && at > awayAt && at <= backAt);
  const warm = missed.filter(({ at }) => at <= coldAt);
  for (const [said, all] of Map.groupBy(warm, ({ said }) => said)) {
    assert.match(
      said,
      /^GET \/\S*schemas\/ids\/\d+ /,
      "a reader that knows its registry asks for schemas only",
    );
    const most = stepsWithin(coldAt - awayAt);
    assert.ok(all.length <= most, `${all.length} times ${said} where ${most} were due`);
  }
  assert.ok(warm.length >= SCHEMAS, `inconclusive: ${warm.length} questions were seen`);
  // A cold one finds out first what kind of registry it has, once for each schema, and once more at its start.
  const cold = missed.length - warm.length;
  const most = (SCHEMAS + 1) * stepsWithin(backAt - coldAt) + 1;
  assert.ok(cold <= most, `${cold} questions by a reader that started cold, where ${most} were due`);
  assert.ok(cold >= 2, `inconclusive: ${cold} questions of a cold reader were seen`);
  return missed.length;
}

/** How many questions for one schema fit into a time. */
function stepsWithin(ms: number): number {
  let steps = 1;
  for (let at = 0;; steps++) {
    at += STEPS_MS[Math.min(steps, STEPS_MS.length) - 1]!;
    if (at > ms) return steps;
  }
}
