import assert from "node:assert/strict";
import { type OrderInput } from "@orderline/schemas";
import { AppWorld } from "../harness/apps.ts";
import { makeOrders } from "../harness/order_files.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { storedOrders } from "../harness/stored_orders.ts";

const USERS = 8;
const HELD = "user-3";
const VARIABLES = {
  AFTER_DEAD_LETTER: "hold",
  FAIL_ITEM: "test-failure",
  RETRY_BACKOFF_MS: "20",
  MAX_ATTEMPTS: "2",
};

/**
 * With AFTER_DEAD_LETTER=hold a user's later orders follow the one that failed into the dead letters, untried and in
 * order, also after a restart, until the user is released; the orders of all others are stored.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "held", { partitions: 3, variables: VARIABLES });
  const orders = [...makeOrders({ count: 240, users: USERS, seed: 9 })].map((order, index) => ({
    ...order,
    user: `user-${index % USERS}`, // everybody's turn comes in every part
  }));
  const failing = orders.findIndex(({ user }) => user === HELD);
  orders[failing] = { ...orders[failing]!, item: "test-failure" };
  const part = (number: number) => orders.slice(number * 80, number * 80 + 80);
  const untilIdle = ["--until-idle", "1", "--max-wait", "40"];

  for (const number of [0, 1]) {
    await send(world, `part-${number}.ndjson`, part(number));
    await world.run("consumer", untilIdle).endsWith(0, 45_000);
  }
  const mine = (number: number) =>
    part(number).filter(({ user }) => user === HELD).map(({ order_id }) => order_id);
  assert.deepEqual(storedOf(world, HELD), [], "the second part was held by what a restart has read");

  const release = world.run("dlq", ["release", HELD]);
  await release.endsWith(0, 30_000);
  assert.match(
    release.stderr,
    /user-3 is released at \S+\[\d\]@\d+: the orders behind it are processed again/,
  );
  await send(world, "part-2.ndjson", part(2));
  await world.run("consumer", untilIdle).endsWith(0, 45_000);
  assert.deepEqual(storedOf(world, HELD), mine(2));
  for (let user = 0; user < USERS; user++) {
    if (`user-${user}` === HELD) continue;
    const sent = orders.filter((order) => order.user === `user-${user}`).map(({ order_id }) => order_id);
    assert.deepEqual(storedOf(world, `user-${user}`), sent);
  }

  const letters = (await readRecords(stack, world.dlqTopic)).map(({ key, value, headers }) => ({
    key: String(key),
    value: value?.toString("latin1"),
    reason: String(headers["dlq.reason"]),
  }));
  assert.ok(letters.every(({ key }) => key === HELD));
  const held = [...mine(0), ...mine(1)];
  const reasons = ["retries-exhausted", ...held.slice(1).map(() => "held-behind"), "released"];
  assert.deepEqual(letters.map(({ reason }) => reason), reasons);
  held.forEach((id, index) => assert.ok(letters[index]!.value!.includes(id), "in the order of the log"));
}

async function send(world: AppWorld, name: string, orders: readonly OrderInput[]): Promise<void> {
  const file = world.path(name);
  await Deno.writeTextFile(file, orders.map((order) => JSON.stringify(order) + "\n").join(""));
  await world.run("producer", [file]).endsWith(0, 30_000);
}

function storedOf({ storePath }: AppWorld, user: string): string[] {
  return storedOrders(storePath).filter((order) => order.user === user).map(({ order_id }) => order_id);
}
