import assert from "node:assert/strict";
import { AppWorld } from "../harness/apps.ts";
import type { Scale } from "../harness/fault.ts";
import { fillTopic } from "../harness/fill_topic.ts";
import { askHealth } from "../harness/ops_client.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { storedCount } from "../harness/stored_orders.ts";

const PARTITIONS = 6;
const USERS = 20_000;
const RECORDS = { ci: 60_000, full: 600_000 } as const;
const MAX_STANDSTILL_MS = 100;
const MAX_CROWDED = 0.4;
const ALL_STORED_MS = { ci: 120_000, full: 600_000 } as const;

/**
 * A backlog goes through the consumer into its SQLite store as fast as it can, and nothing ever keeps its event loop for
 * more than 100 ms: heartbeats, commits and health depend on it. How long the machine let it wait for a processor is told
 * apart, and is not its own.
 */
export default async function (stack: RealStack, scale: Scale, seed: number): Promise<string> {
  const records = RECORDS[scale];
  await using world = await AppWorld.prepare(stack, "event-loop", { partitions: PARTITIONS });
  await fillTopic(stack, { topic: world.topic, partitions: PARTITIONS, records, users: USERS, seed });
  const probed = world.runProbed("consumer", []);
  const { process } = probed;
  const port = await process.opsPort();
  await process.says(/Joined group /, 60_000);
  const from = performance.timeOrigin + performance.now();
  await process.until(
    "the storing of everything",
    () => storedCount(world.storePath) === records,
    ALL_STORED_MS[scale],
  );
  const seconds = (performance.timeOrigin + performance.now() - from) / 1_000;
  assert.equal((await askHealth(port, "/health/live"))?.status, 200);
  process.signal("SIGTERM");
  await process.endsWith(0, 20_000);

  const samples = probed.samples().filter(({ at }) => at > from);
  assert.ok(
    samples.length >= Math.min(3, seconds - 2),
    `inconclusive: it looked at itself ${samples.length} times`,
  );
  const standstills = samples.flatMap(({ standstills }) => standstills).filter((one) => one.from >= from);
  const own = standstills.map(({ from, to, crowdedMs }) => to - from - crowdedMs);
  const longestMs = Math.max(0, ...own);
  const crowded = standstills.reduce((sum, { crowdedMs }) => sum + crowdedMs, 0) / (seconds * 1_000);
  const said = `the event loop stood still for ${longestMs.toFixed(0)} ms of its own`;
  // Where others have the processor all the time, its caches are theirs, too, and the same work takes longer.
  assert.ok(
    longestMs <= MAX_STANDSTILL_MS || crowded < MAX_CROWDED,
    `inconclusive: ${said}, while others had the processor for ${Math.round(crowded * 100)} % of the time`,
  );
  assert.ok(longestMs <= MAX_STANDSTILL_MS, said);
  const withMachine = Math.max(0, ...standstills.map(({ from, to }) => to - from));
  return `${records.toLocaleString("en-US")} orders in ${
    seconds.toFixed(1)
  } s: the event loop stood still for ` +
    `${longestMs.toFixed(0)} ms at most, ${withMachine.toFixed(0)} ms with what the machine gave to others`;
}
