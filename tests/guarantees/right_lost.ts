import assert from "node:assert/strict";
import { AppWorld } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { allowAgain, deny } from "../harness/topic_rights.ts";

const ORDERS = 12_000;
const RATE = 2_000;
const ENDS_MS = 30_000;

/**
 * The right to write is taken away in the middle of a file: the producer stops soon instead of making rejects of all
 * that is left, says why and where, and with the rejects and the rest of the file every order is delivered once.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "right-lost");
  const file = world.path("orders.ndjson");
  const rejects = world.path("rejects.ndjson");
  await writeOrderFile(file, { count: ORDERS, users: 500, seed: 4 });
  const producer = world.run("producer", [file, "--rate", `${RATE}`, "--rejects", rejects]);
  await producer.says(/Sending the orders/, ENDS_MS);
  await producer.until(
    "that orders are delivered",
    async () => (await readRecords(stack, world.topic)).length > RATE / 2,
    ENDS_MS,
  );
  await deny(stack, world.topic, "WRITE");
  try {
    await producer.endsWith(6, ENDS_MS);
  } finally {
    await allowAgain(stack, world.topic);
  }
  const said = /Stopped at line (\d+), .*TOPIC_AUTHORIZATION_FAILED.* from line (\d+) on/.exec(
    producer.stderr,
  );
  assert.ok(said, producer.tail);
  const taken = Number(said[1]);
  assert.equal(Number(said[2]), taken + 1);
  assert.ok(taken < ORDERS - RATE, `it stopped in time, at line ${taken}`);
  const kept = (await Deno.readTextFile(rejects)).trim().split("\n").length;
  const delivered = (await readRecords(stack, world.topic)).length;
  assert.deepEqual([delivered + kept, producer.summary["producer.delivery_success"]], [taken, delivered]);

  const rest = world.path("rest.ndjson");
  const lines = (await Deno.readTextFile(file)).split("\n");
  await Deno.writeTextFile(rest, lines.slice(taken).join("\n"));
  for (const again of [rejects, rest]) await world.run("producer", [again]).endsWith(0, ENDS_MS);
  assert.equal((await readRecords(stack, world.topic)).length, ORDERS);
  console.log(`stopped at line ${taken} of ${ORDERS}: ${delivered} delivered, ${kept} kept`);
}
