import assert from "node:assert/strict";
import { systemClock } from "../../lib/core/clock.ts";
import { connectAdmin } from "../../lib/kafka/admin.ts";
import { AppWorld } from "../harness/apps.ts";
import { askHealth } from "../harness/ops_client.ts";
import { produceRaw } from "../harness/raw_records.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { poisonOf } from "./flood.ts";

const HELD_AT = 50;
const HELD = /is held: 50 dead letters in a row/;
const FLOODED = 1;
const VARIABLES = { SESSION_TIMEOUT_MS: "6000" }; // the shortest: so long do the partitions of a killed member wait

/**
 * The count and the hold outlive whoever counted: stopped and killed while it counts and while it is held, the
 * partition has its 50 dead letters, and next to none twice. A person lets it go on, and it is held anew.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "flood-owners", { partitions: 3, variables: VARIABLES });
  await using admin = await connect(stack);
  const letters = () => admin.count(world.dlqTopic);
  let sent = 0;
  const poison = async (count: number) => {
    await produceRaw(world.stack, world.topic, poisonOf(FLOODED, { from: sent, count }));
    sent += count;
  };

  await poison(20);
  const counting = world.run("consumer", []);
  await counting.until("20 dead letters", async () => await letters() >= 20, 60_000);
  counting.kill(); // some are not committed yet
  await counting.ended;
  await poison(17);
  const stopped = world.run("consumer", []);
  await stopped.until("17 more", async () => await deadOffsets(world) === 37, 60_000);
  assert.doesNotMatch(stopped.stderr, /is held/, "37 in a row");
  stopped.signal("SIGTERM");
  await stopped.endsWith(0, 20_000);
  await poison(200);
  const further = world.run("consumer", []);
  await further.until("the 40th", async () => await deadOffsets(world) >= 40, 60_000);
  further.kill(); // on its way to the hold, or held already
  await further.ended;
  const holding = world.run("consumer", []);
  await holding.says(HELD, 60_000);
  await holding.until("the fiftieth", async () => await deadOffsets(world) === HELD_AT, 60_000);
  await systemClock.sleep(1_000); // longer than the interval of commits
  holding.kill();
  await holding.ended;

  let owner = world.run("consumer", []);
  await owner.says(HELD, 60_000);
  for (const end of ["SIGTERM", "SIGKILL"] as const) {
    const heir = world.run("consumer", []);
    await heir.says(/Joined group/, 60_000);
    owner.signal(end);
    await owner.end(20_000);
    await heir.says(HELD, 60_000);
    const ready = await askHealth(await heir.opsPort(), "/health/ready");
    assert.equal(ready?.status, 503);
    owner = heir;
  }
  owner.signal("SIGTERM");
  await owner.endsWith(0, 20_000);
  assert.equal(await deadOffsets(world), HELD_AT, "whoever owned it");
  const written = await letters();
  console.log(`flood through seven owners: ${written} dead letters of ${HELD_AT} records`);
  assert.ok(written <= HELD_AT + 10, `${written} dead letters of ${HELD_AT} records`);

  const mended = world.run("consumer", ["--forget-flood"]);
  await mended.says(HELD, 60_000); // it was not
  await mended.until("fifty more", async () => await deadOffsets(world) >= 2 * HELD_AT, 60_000);
  mended.signal("SIGTERM");
  await mended.endsWith(0, 20_000);
  assert.equal(await deadOffsets(world), 2 * HELD_AT);
  const accepting = world.run("consumer", ["--accept-flood", "--until-idle", "1", "--max-wait", "60"]);
  await accepting.endsWith(0, 75_000);
  assert.equal(await deadOffsets(world), sent);
  const after = world.run("consumer", ["--until-idle", "1", "--max-wait", "30"]);
  await after.endsWith(0, 45_000);
  assert.doesNotMatch(after.stderr, /is held/, "what was accepted is over");
}

/** How many records of the flooded partition have a dead letter, be it twice. */
async function deadOffsets(world: AppWorld): Promise<number> {
  const letters = await readRecords(world.stack, world.dlqTopic);
  return new Set(letters.map(({ headers }) => String(headers["dlq.original_offset"]))).size;
}

async function connect(stack: RealStack) {
  const admin = await connectAdmin({ brokers: stack.brokers, clientId: "test" });
  return {
    async count(topic: string): Promise<number> {
      return (await admin.bounds(topic)).reduce((sum, { start, end }) => sum + end - start, 0);
    },
    [Symbol.asyncDispose]: () => admin.close(),
  };
}
