import assert from "node:assert/strict";
import { openRegistry, type RegistrySettings } from "../../lib/avro/open_registry.ts";
import { Failure } from "../../lib/core/failure.ts";
import { AppWorld } from "../harness/apps.ts";
import { type Authority, createAuthority } from "../harness/certificates.ts";
import { writeOrderFile } from "../harness/order_files.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { startRegistryProxy } from "../harness/registry_proxy.ts";
import { storedCount } from "../harness/stored_orders.ts";

const ORDERS = 50;
const SECRET = "s3cret-välue";
const TOKEN = "t0ken.with-dots";
const BASIC = `Basic ${new TextEncoder().encode(`ann:${SECRET}`).toBase64()}`;
const USER = { schemaRegistryUsername: "ann", schemaRegistryPassword: SECRET };

/**
 * The real registry behind TLS that nobody trusts without being told, and behind a user, a token or a certificate:
 * with the right settings all three ways work, and each wrong one is explained and shows no secret.
 */
export default async function (stack: RealStack): Promise<void> {
  const authority = await createAuthority("Orderline test authority");
  await using world = await AppWorld.unprepared(stack, "registry-tls");
  const files = await writeFiles(world, authority);
  await userAndPassword(world, files);
  await token(world, files);
  await certificate(world, files, authority);
  await wrongFiles(world, files);
}

type Files = Awaited<ReturnType<typeof writeFiles>>;

async function writeFiles(world: AppWorld, authority: Authority) {
  const server = await authority.issue("the registry");
  const client = await authority.issue("the consumer");
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(world.path(name), text);
    return world.path(name);
  };
  return {
    server,
    ca: await write("ca.pem", authority.cert),
    cert: await write("client.pem", client.cert),
    key: await write("client.key", client.key),
    nonsense: await write("nonsense.pem", "nonsense"),
  };
}

/** The whole job, setup to store, through the applications. */
async function userAndPassword(world: AppWorld, { server, ca }: Files): Promise<void> {
  await using proxy = await startRegistryProxy(world.stack.registryUrl, {
    tls: server,
    authorization: BASIC,
  });
  const trusted = { SCHEMA_REGISTRY_URL: proxy.url, SCHEMA_REGISTRY_CA_FILE: ca };
  const settings = { ...trusted, SCHEMA_REGISTRY_USERNAME: "ann", SCHEMA_REGISTRY_PASSWORD: SECRET };
  const file = world.path("orders.ndjson");
  await writeOrderFile(file, { count: ORDERS, users: 10, seed: 1 });
  const idle = ["--until-idle", "1", "--max-wait", "60"];
  for (const [app, args] of [["setup", []], ["producer", [file]], ["consumer", idle]] as const) {
    const running = world.run(app, args, settings);
    await running.endsWith(0, 90_000);
    showsNoSecret(running.stderr);
  }
  assert.equal(storedCount(world.storePath), ORDERS);

  const impatient = { STARTUP_TIMEOUT_MS: "100", SCHEMA_CACHE_DIR: "none" };
  const wrong: [Record<string, string>, RegExp][] = [
    [{ ...settings, SCHEMA_REGISTRY_CA_FILE: "" }, /invalid peer certificate.*Check SCHEMA_REGISTRY_CA_FILE/],
    [{ ...settings, SCHEMA_REGISTRY_PASSWORD: "wrong" }, /authorisation refused.*Check SCHEMA_REGISTRY_USER/],
    [trusted, /authorisation refused/],
  ];
  for (const [variables, sentence] of wrong) {
    const producer = world.run("producer", [file], { ...variables, ...impatient });
    await producer.endsWith(4, 30_000);
    assert.match(producer.stderr, sentence);
    showsNoSecret(producer.stderr);
  }
}

async function token({ stack }: AppWorld, { server, ca }: Files): Promise<void> {
  await using proxy = await startRegistryProxy(stack.registryUrl, {
    tls: server,
    authorization: `Bearer ${TOKEN}`,
  });
  const to = { schemaRegistryUrl: proxy.url, schemaRegistryCaFile: ca };
  await openRegistry({ ...to, schemaRegistryToken: TOKEN }).ping();
  await isRefused(
    { ...to, schemaRegistryToken: `${TOKEN}x` },
    /authorisation refused.*SCHEMA_REGISTRY_TOKEN/,
  );
  await isRefused({ ...to, ...USER }, /authorisation refused/);
}

async function certificate(
  { stack }: AppWorld,
  { server, ca, cert, key }: Files,
  { cert: clientsOf }: Authority,
): Promise<void> {
  await using proxy = await startRegistryProxy(stack.registryUrl, { tls: { ...server, clientsOf } });
  const to = { schemaRegistryUrl: proxy.url, schemaRegistryCaFile: ca };
  await openRegistry({ ...to, schemaRegistryCertFile: cert, schemaRegistryKeyFile: key }).ping();
  await isRefused(to, /cannot be reached.*CertificateRequired.*SCHEMA_REGISTRY_CERT_FILE/);
}

/** What is wrong with a file is a mistake in the settings, and nothing is asked. */
async function wrongFiles(world: AppWorld, { ca, cert, nonsense }: Files): Promise<void> {
  const url = { SCHEMA_REGISTRY_URL: "https://localhost:1" };
  const wrong: [Record<string, string>, RegExp][] = [
    [{ SCHEMA_REGISTRY_CA_FILE: `${ca}.no` }, /SCHEMA_REGISTRY_CA_FILE: .*ca\.pem\.no cannot be read/],
    [{ SCHEMA_REGISTRY_CA_FILE: nonsense }, /SCHEMA_REGISTRY_CA_FILE: .* holds no PEM text of a certificate/],
    [
      { SCHEMA_REGISTRY_CERT_FILE: cert, SCHEMA_REGISTRY_KEY_FILE: cert },
      /SCHEMA_REGISTRY_KEY_FILE: .* holds no PEM text of a private key/,
    ],
  ];
  await Promise.all(wrong.map(async ([variables, sentence]) => {
    const producer = world.run("producer", [world.path("orders.ndjson")], { ...url, ...variables });
    await producer.endsWith(2, 60_000);
    assert.match(producer.stderr, sentence);
  }));
}

async function isRefused(settings: RegistrySettings, sentence: RegExp): Promise<void> {
  const error = await openRegistry(settings).ping().then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.kind, "unavailable");
  assert.match(error.message, sentence);
  showsNoSecret(error.message);
}

function showsNoSecret(text: string): void {
  for (const secret of [SECRET, TOKEN, BASIC.slice("Basic ".length)]) {
    assert.ok(!text.includes(secret), `a secret is shown: ${text}`);
  }
}
