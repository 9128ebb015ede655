import assert from "node:assert/strict";
import { SchemaFiles } from "../../lib/avro/schema_files.ts";
import { ORDER_SCHEMA_TEXT } from "../../schemas/mod.ts";
import { AppWorld, freePort } from "../harness/apps.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { startRegistryProxy } from "../harness/registry_proxy.ts";
import { storedCount } from "../harness/stored_orders.ts";

const ORDERS = 200;
const IDLE = ["--until-idle", "1", "--max-wait", "60"];
const IMPATIENT = { STARTUP_TIMEOUT_MS: "500" };

/**
 * What both apps learn of the registry they keep on disk, by which they start when it is away. Without that, or where
 * it is damaged, the producer gives up before it sends anything; one that trusted an id which the registry then
 * contradicts stops. That a consumer without it waits is the test beside this one.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.prepare(stack, "schemas-on-disk");
  const port = freePort();
  const url = `http://localhost:${port}${new URL(stack.registryUrl).pathname}`;
  const away = { SCHEMA_REGISTRY_URL: url };
  const file = world.path("orders.ndjson");
  await writeOrderFile(file, { count: ORDERS, users: 40, seed: 3 });

  {
    await using _proxy = await startRegistryProxy(stack.registryUrl, { port });
    await world.run("producer", [file], away).endsWith(0, 60_000);
  }
  await warm(world, file, away);
  await cold(world, file, away);
  await damaged(world, file, away);
  await contradicted(world, { url, port });
}

type Variables = Readonly<Record<string, string>>;

async function warm(world: AppWorld, file: string, away: Variables): Promise<void> {
  const producer = world.run("producer", [file], away);
  await producer.endsWith(0, 60_000);
  assert.match(
    producer.stderr,
    /cannot be reached.* Schema \d+ is used as it was kept in \.\/data\/schemas on/,
  );
  const consumer = world.run("consumer", IDLE, away);
  await consumer.endsWith(0, 90_000);
  assert.equal(storedCount(world.storePath), ORDERS);
  assert.equal(consumer.summary["consumer.messages_processed"], 2 * ORDERS);
  assert.deepEqual(await readRecords(world.stack, world.dlqTopic), []);
}

async function cold(world: AppWorld, file: string, away: Variables): Promise<void> {
  for (const dir of ["none", world.path("empty")]) {
    const producer = world.run("producer", [file], { ...away, ...IMPATIENT, SCHEMA_CACHE_DIR: dir });
    await producer.endsWith(4, 60_000);
    assert.match(producer.stderr, /Nothing was sent: the schema's id is not kept on disk either/);
  }
}

/** What is on disk is taken only if it is what its hash says, and for the registry that it is of. */
async function damaged(world: AppWorld, file: string, away: Variables): Promise<void> {
  const dir = world.path("damaged");
  const files = await SchemaFiles.open(dir, away["SCHEMA_REGISTRY_URL"]!);
  await files.save(7, ORDER_SCHEMA_TEXT);
  const [folder] = await Array.fromAsync(Deno.readDir(dir));
  const path = `${dir}/${folder!.name}/7.json`;
  const text = await Deno.readTextFile(path);
  for (
    const content of [text.replace("urgent", "urgeNt"), text.slice(0, -9), text.replace('"id":7', '"id":8')]
  ) {
    await Deno.writeTextFile(path, content);
    const producer = world.run("producer", [file], { ...away, ...IMPATIENT, SCHEMA_CACHE_DIR: dir });
    await producer.endsWith(4, 60_000);
  }
  await Deno.writeTextFile(path, text);
  const elsewhere = { SCHEMA_REGISTRY_URL: `http://localhost:${freePort()}` };
  const other = world.run("producer", [file], { ...elsewhere, ...IMPATIENT, SCHEMA_CACHE_DIR: dir });
  await other.endsWith(4, 60_000);
}

/** The registry was emptied meanwhile, say: what is on disk has an id that it gives to nobody. */
async function contradicted(world: AppWorld, { url, port }: { url: string; port: number }): Promise<void> {
  const dir = world.path("emptied");
  await (await SchemaFiles.open(dir, url)).save(987_654, ORDER_SCHEMA_TEXT);
  const producer = world.run("producer", ["--rate", "20"], {
    SCHEMA_REGISTRY_URL: url,
    SCHEMA_CACHE_DIR: dir,
  });
  await producer.says(/Schema 987654 is used as it was kept/, 60_000);
  await using _proxy = await startRegistryProxy(world.stack.registryUrl, { port });
  await producer.endsWith(5, 60_000);
  assert.match(
    producer.stderr,
    /marked with schema 987654, .* but the registry that is back gives it the id \d+/,
  );
}
