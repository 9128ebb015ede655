import assert from "node:assert/strict";
import { systemClock } from "../lib/core/clock.ts";
import { Failure } from "../lib/core/failure.ts";
import { createEncoder, Decoder } from "../lib/avro/codec.ts";
import { HttpRegistry } from "../lib/avro/http_registry.ts";
import { isSameSchema } from "../lib/avro/same_schema.ts";
import { SchemaCache } from "../lib/avro/schema_cache.ts";
import { type Order, ORDER_DEFAULTS, ORDER_SCHEMA_TEXT } from "../schemas/mod.ts";
import { ANSWERS, answerText, makeScene, type RegistryCall } from "../tools/schema/registry_answers.ts";

const FULL = { compatibility: "FULL_TRANSITIVE" } as const;

/** What the library relies on in a registry. Each run uses a subject of its own. */
export async function registryContract(registry: HttpRegistry): Promise<void> {
  const subject = `contract-${crypto.randomUUID()}-value`;
  await registry.ping();
  assert.equal(await registry.idOf(subject, ORDER_SCHEMA_TEXT), undefined);
  assert.equal((await failureOf(registry.schemaById(2 ** 31 - 1))).reason, "schema-not-found");

  const id = await registry.register(subject, ORDER_SCHEMA_TEXT, FULL);
  assert.equal(
    await registry.register(subject, ORDER_SCHEMA_TEXT, FULL),
    id,
    "registering again changes nothing",
  );
  assert.equal(await registry.idOf(subject, ORDER_SCHEMA_TEXT), id);
  assert.ok(isSameSchema(await registry.schemaById(id), ORDER_SCHEMA_TEXT));

  await decodesThrough(registry, id);
  await refusesChanges(registry, subject, id);
}

/** The contract with the real server. */
export async function realRegistryContract(url: string): Promise<void> {
  await registryContract(new HttpRegistry({ url, clock: systemClock, timeoutMs: 10_000 }));
}

/** The real server's column of the table of registries. */
export async function realAnswers(url: string): Promise<void> {
  const ask = async ({ method, path, body }: RegistryCall) => {
    const headers = { "content-type": "application/vnd.schemaregistry.v1+json" };
    const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) ?? null });
    return { status: answer.status, body: await answer.json() };
  };
  const scene = await makeScene(ask, `${Date.now()}`);
  const seen: string[] = [];
  for (const one of ANSWERS) {
    seen.push(`${one.situation}: ${answerText(one, { ...await ask(one.call(scene)), scene })}`);
  }
  assert.deepEqual(seen, ANSWERS.map(({ situation, apicurio }) => `${situation}: ${apicurio}`));
}

async function decodesThrough(registry: HttpRegistry, id: number): Promise<void> {
  const order: Order = {
    ...ORDER_DEFAULTS,
    order_id: crypto.randomUUID(),
    ...{ user: "ada", item: "pen", quantity: 1, price: null, timestamp: 1000, priority: "low" },
  };
  const decoder = new Decoder<Order>(ORDER_SCHEMA_TEXT, new SchemaCache(registry, { clock: systemClock }));
  assert.deepEqual(await decoder.decode(createEncoder<Order>(ORDER_SCHEMA_TEXT, id).encode(order)), order);
}

async function refusesChanges(registry: HttpRegistry, subject: string, id: number): Promise<void> {
  const head = JSON.parse(ORDER_SCHEMA_TEXT) as { fields: unknown[] };
  const withField = (field: unknown) => JSON.stringify({ ...head, fields: [...head.fields, field] });
  const breaking = await failureOf(
    registry.register(subject, withField({ name: "contract_x", type: "string" }), FULL),
  );
  assert.equal(breaking.reason, "incompatible", breaking.message);
  // A registry either keeps a change of documentation alone, as a new version, or we find out that it did not.
  const documented = JSON.stringify({ ...head, doc: "Other words." });
  const result = await registry.register(subject, documented, FULL).catch((error: Failure) => error.reason);
  assert.ok(result === "schema-not-kept" || (typeof result === "number" && result !== id), String(result));
  const next = await registry.register(
    subject,
    withField({ name: "contract_note", type: "string", default: "" }),
    FULL,
  );
  assert.notEqual(next, id);
}

/** What only sockets show: nobody listens, an answer that never comes or never ends, a connection cut in it. */
export async function registryFaultContract(): Promise<void> {
  const closed = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response());
  const port = closed.addr.port;
  await closed.shutdown();
  await isUnavailable(`http://127.0.0.1:${port}`, /cannot be reached/);

  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const accepted: Deno.Conn[] = [];
  const behaviours = [
    async (_: Deno.Conn) => {}, // accepts and says nothing
    (connection: Deno.Conn) => say(connection, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[1,"),
    async (connection: Deno.Conn) => {
      await say(connection, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[1,");
      connection.close();
    },
  ];
  const serving = (async () => {
    for await (const connection of listener) {
      accepted.push(connection);
      await behaviours[accepted.length - 1]?.(connection);
    }
  })();
  const url = `http://127.0.0.1:${listener.addr.port}`;
  await isUnavailable(url, /did not answer/);
  await isUnavailable(url, /did not answer/);
  await isUnavailable(url, /cannot be reached/);
  listener.close();
  await serving;
  for (const connection of accepted.slice(0, 2)) connection.close();
}

async function say(connection: Deno.Conn, text: string): Promise<void> {
  await connection.read(new Uint8Array(4096));
  await connection.write(new TextEncoder().encode(text));
}

async function isUnavailable(url: string, message: RegExp): Promise<void> {
  const failure = await failureOf(
    new HttpRegistry({ url, clock: systemClock, timeoutMs: 300 }).schemaById(1),
  );
  assert.equal(failure.kind, "unavailable");
  assert.match(failure.message, message);
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof Failure, String(error));
  return error;
}
