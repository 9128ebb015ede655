import assert from "node:assert/strict";
import { Failure } from "../core/failure.ts";
import { TestClock } from "../testing/test_clock.ts";
import { HttpRegistry, type RegistryTransportOptions } from "./http_registry.ts";

const SCHEMA = JSON.stringify({
  type: "record",
  name: "R",
  namespace: "a",
  fields: [{ name: "f", type: "string", doc: "d" }],
});

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | Error | "hang";

/** An HTTP server that answers by `METHOD path`; what is not in the table is 404 as a registry says it. */
function server(answers: Record<string, Answer>) {
  const asked: string[] = [];
  const sent: { headers: Headers; body: string | null }[] = [];
  const fake = (url: string, init: RequestInit): Promise<Response> => {
    const request = `${init.method} ${new URL(url).pathname}`;
    asked.push(request);
    sent.push({ headers: new Headers(init.headers), body: init.body as string | null });
    const answer = answers[request] ?? { status: 404, body: { error_code: 40403, message: "not found" } };
    if (answer === "hang") return new Promise(() => {});
    if (answer instanceof Error) return Promise.reject(answer);
    const { status = 200, body = "", headers = {} } = answer;
    return Promise.resolve(
      new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers }),
    );
  };
  return { asked, sent, fetch: fake as unknown as typeof fetch };
}

function registryAt(answers: Record<string, Answer>, options: Partial<RegistryTransportOptions> = {}) {
  const clock = new TestClock();
  const fake = server({ "GET /subjects": { body: [] }, ...answers });
  const registry = new HttpRegistry({ url: "http://registry:8081", clock, fetch: fake.fetch, ...options });
  return { registry, clock, asked: fake.asked, sent: fake.sent };
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof Failure, String(error));
  return error;
}

Deno.test("a schema's text is given as the registry keeps it", async () => {
  const { registry } = registryAt({ "GET /schemas/ids/7": { body: { schema: SCHEMA } } });
  assert.equal(await registry.schemaById(7), SCHEMA);
});

Deno.test("only the registry's own word makes a schema not found", async () => {
  const { registry } = registryAt({
    "GET /schemas/ids/1": { status: 404, body: { error_code: 40403, message: "Schema 1 not found" } },
    "GET /schemas/ids/2": { status: 404, body: "<html>404 page not found</html>" },
    "GET /schemas/ids/3": { status: 404 },
  });
  const own = await failureOf(registry.schemaById(1));
  assert.deepEqual([own.kind, own.reason], ["permanent", "schema-not-found"]);
  for (const id of [2, 3]) assert.equal((await failureOf(registry.schemaById(id))).kind, "unavailable");
});

Deno.test("ids that no registry gives are not asked for", async () => {
  const { registry, asked } = registryAt({});
  for (const id of [0, -1]) {
    assert.equal((await failureOf(registry.schemaById(id))).reason, "schema-not-found");
  }
  assert.deepEqual(asked, []);
});

Deno.test("a registry that is down, busy or broken is unavailable", async () => {
  const { registry } = registryAt({
    "GET /schemas/ids/1": new TypeError("fetch failed", {
      cause: new Error("tcp connect error: Connection refused"),
    }),
    "GET /schemas/ids/2": { status: 500, body: { error_code: 50001, message: "store" } },
    "GET /schemas/ids/3": { status: 503 },
    "GET /schemas/ids/4": { status: 429, headers: { "retry-after": "7" } },
    "GET /schemas/ids/5": { status: 408 },
  });
  for (const id of [1, 2, 3, 4, 5]) {
    const failure = await failureOf(registry.schemaById(id));
    assert.equal(failure.kind, "unavailable", String(id));
    assert.equal(failure.retryAfterMs, id === 4 ? 7_000 : undefined);
  }
  assert.match((await failureOf(registry.schemaById(1))).message, /registry:8081 cannot be reached.*refused/);
});

Deno.test("a registry that hangs is unavailable after two seconds", async () => {
  const { registry, clock } = registryAt({ "GET /schemas/ids/1": "hang" });
  const failed = failureOf(registry.schemaById(1));
  await clock.advance(1_999);
  assert.equal(clock.pending, 1);
  await clock.advance(1);
  const failure = await failed;
  assert.equal(failure.kind, "unavailable");
  assert.match(failure.message, /did not answer GET \/schemas\/ids\/1 within 2000 ms/);
  assert.equal(clock.pending, 0);
});

Deno.test("an abort ends the call with its reason", async () => {
  const { registry, clock } = registryAt({ "GET /schemas/ids/1": "hang" });
  const controller = new AbortController();
  const call = registry.schemaById(1, controller.signal);
  await clock.advance(10);
  const reason = new Error("stopping");
  controller.abort(reason);
  assert.equal(await call.catch((error: unknown) => error), reason);
  assert.equal(await registry.ping(controller.signal).catch((error: unknown) => error), reason);
  assert.equal(clock.pending, 0);
});

Deno.test("a success that is no schema is unavailable, never a schema", async () => {
  const { registry } = registryAt({
    "GET /schemas/ids/1": { body: "<html>Welcome</html>" },
    "GET /schemas/ids/2": { body: {} },
    "GET /schemas/ids/3": { body: { schema: "<html>" } },
    "GET /schemas/ids/4": { body: "null" },
    "GET /schemas/ids/5": { body: { schema: 5 } },
    "GET /schemas/ids/6": { body: "" },
  });
  for (const id of [1, 2, 3, 4, 5, 6]) {
    const failure = await failureOf(registry.schemaById(id));
    assert.equal(failure.kind, "unavailable", String(id));
    assert.match(failure.message, /something that is not a schema/);
  }
});

Deno.test("a schema of another type, or one that refers to others, is undecodable", async () => {
  const references = [{ name: "x", subject: "x", version: 1 }];
  const { registry } = registryAt({
    "GET /schemas/ids/1": { body: { schema: "syntax = 'proto3';", schemaType: "PROTOBUF" } },
    "GET /schemas/ids/2": { body: { schema: SCHEMA, references } },
    "GET /subjects/x/versions/1": { body: { schema: SCHEMA, id: 9 } },
  });
  for (const id of [1, 2]) assert.equal((await failureOf(registry.schemaById(id))).reason, "undecodable");
});

Deno.test("refused authorisation says which settings to look at, and no secret", async () => {
  for (const status of [401, 403]) {
    const { registry, sent } = registryAt(
      { "GET /subjects": { status, body: "" } },
      { username: "mallory", password: "s3cr€t" },
    );
    const failure = await failureOf(registry.ping());
    assert.deepEqual([failure.kind, failure.reason], ["unavailable", "registry-authorisation"]);
    assert.match(failure.message, /SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD/);
    assert.doesNotMatch(failure.message, /mallory|s3cr/);
    const basic = new TextEncoder().encode("mallory:s3cr€t").toBase64();
    assert.equal(sent[0]?.headers.get("authorization"), `Basic ${basic}`);
  }
});

Deno.test("every request carries the credentials, a token before a password, and none stay in the URL", async () => {
  const url = "http://mallory:p%40ss@registry:8081/";
  const inUrl = registryAt({ "GET /schemas/ids/1": new TypeError("refused") }, { url });
  assert.doesNotMatch((await failureOf(inUrl.registry.schemaById(1))).message, /mallory|p@ss|p%40ss/);
  for (const { headers } of inUrl.sent) {
    assert.equal(headers.get("authorization"), `Basic ${btoa("mallory:p@ss")}`);
  }
  const bearer = registryAt({ "GET /schemas/ids/1": { body: { schema: SCHEMA } } }, {
    token: "T",
    username: "ann",
  });
  await bearer.registry.schemaById(1);
  assert.deepEqual(bearer.sent.map(({ headers }) => headers.get("authorization")), ["Bearer T", "Bearer T"]);
});

Deno.test("below a root that answers 404 the compatible API is found, once", async () => {
  const base = "/apis/ccompat/v7";
  const { registry, asked } = registryAt({
    "GET /subjects": { status: 404 },
    [`GET ${base}/subjects`]: { body: [] },
    [`GET ${base}/schemas/ids/7`]: { body: { schema: SCHEMA } },
  });
  await registry.schemaById(7);
  await registry.schemaById(7);
  assert.deepEqual(asked, [
    "GET /subjects",
    `GET ${base}/subjects`,
    `GET ${base}/schemas/ids/7`,
    `GET ${base}/schemas/ids/7`,
  ]);
});

Deno.test("where no registry is found nothing is remembered", async () => {
  const answers: Record<string, Answer> = {
    "GET /subjects": { status: 404 },
    "GET /apis/ccompat/v7/subjects": { status: 404 },
    "GET /schemas/ids/7": { body: { schema: SCHEMA } },
  };
  const fake = server(answers);
  const registry = new HttpRegistry({
    url: "http://registry:8081",
    clock: new TestClock(),
    fetch: fake.fetch,
  });
  const failure = await failureOf(registry.schemaById(7));
  assert.equal(failure.kind, "unavailable");
  assert.match(failure.message, /SCHEMA_REGISTRY_URL seems to lead elsewhere/);
  answers["GET /subjects"] = { body: [] };
  assert.equal(await registry.schemaById(7), SCHEMA);
});

Deno.test("ping resolves for a registry and not for a proxy's page", async () => {
  await registryAt({}).registry.ping();
  const proxy = registryAt({ "GET /subjects": { body: "<html>" } });
  assert.match((await failureOf(proxy.registry.ping())).message, /not a list of subjects/);
});

Deno.test("an id is that of exactly this schema, however the registry writes it down", async () => {
  const rewritten = JSON.stringify({
    name: "R",
    namespace: "a",
    type: "record",
    fields: [{ doc: "d", name: "f", type: { type: "string" } }],
  });
  const found = {
    "POST /subjects/r-value": { body: { subject: "r-value", id: 4, version: 1, schema: rewritten } },
  };
  assert.equal(await registryAt(found).registry.idOf("r-value", SCHEMA), 4);
  const other = { "POST /subjects/r-value": { body: { id: 4, schema: SCHEMA.replace('"d"', '"other"') } } };
  assert.equal(await registryAt(other).registry.idOf("r-value", SCHEMA), undefined);
});

Deno.test("a schema or subject that is not there has no id, and a registry that fails has no answer", async () => {
  const none = {
    "POST /subjects/r-value": { status: 404, body: { error_code: 40401, message: "no subject" } },
  };
  assert.equal(await registryAt(none).registry.idOf("r-value", SCHEMA), undefined);
  for (const answer of [{ status: 500 }, { status: 404, body: "<html>" }, { body: "<html>" }]) {
    const { registry } = registryAt({ "POST /subjects/r-value": answer });
    assert.equal((await failureOf(registry.idOf("r-value", SCHEMA))).kind, "unavailable");
  }
});

const REGISTERING: Record<string, Answer> = {
  "PUT /config/r-value": { body: { compatibility: "FULL_TRANSITIVE" } },
  "GET /config/r-value": { body: { compatibilityLevel: "FULL_TRANSITIVE" } },
  "POST /subjects/r-value/versions": { body: { id: 4 } },
  "GET /schemas/ids/4": { body: { schema: SCHEMA } },
};
const FULL = { compatibility: "FULL_TRANSITIVE" } as const;

Deno.test("registering sets the level first, registers, and reads back", async () => {
  const { registry, asked, sent } = registryAt(REGISTERING);
  assert.equal(await registry.register("r-value", SCHEMA, FULL), 4);
  assert.deepEqual(asked, [
    "GET /subjects",
    "PUT /config/r-value",
    "GET /config/r-value",
    "POST /subjects/r-value/versions",
    "GET /schemas/ids/4",
  ]);
  assert.deepEqual(JSON.parse(sent[3]?.body ?? ""), { schema: SCHEMA });
});

Deno.test("the level is set once, also where the registry does not tell a subject's own", async () => {
  const silent = { status: 404, body: { error_code: 40408, message: "no level of its own" } };
  const { registry, asked } = registryAt({ ...REGISTERING, "GET /config/r-value": silent });
  assert.equal(await registry.register("r-value", SCHEMA, FULL), 4);
  assert.equal(asked.filter((request) => request.startsWith("PUT")).length, 1);
});

Deno.test("a registry that kept another text is found out", async () => {
  const kept = { "GET /schemas/ids/4": { body: { schema: SCHEMA.replace('"d"', '"old"') } } };
  const { registry } = registryAt({ ...REGISTERING, ...kept });
  const failure = await failureOf(registry.register("r-value", SCHEMA, FULL));
  assert.deepEqual([failure.kind, failure.reason], ["permanent", "schema-not-kept"]);
});

Deno.test("an incompatible change is explained, whichever code the registry gives it", async () => {
  for (const error_code of [409, 40901]) {
    const refused = { status: 409, body: { error_code, message: "READER_FIELD_MISSING_DEFAULT_VALUE" } };
    const { registry } = registryAt({ ...REGISTERING, "POST /subjects/r-value/versions": refused });
    const failure = await failureOf(registry.register("r-value", SCHEMA, FULL));
    assert.deepEqual([failure.kind, failure.reason], ["permanent", "incompatible"]);
    assert.match(failure.message, /READER_FIELD_MISSING.*a new field needs a default/);
  }
});

Deno.test("a schema that is none is refused, by us or by the registry", async () => {
  const { registry, asked } = registryAt(REGISTERING);
  const failure = await failureOf(registry.register("r-value", '{"type":"recrd"}', FULL));
  assert.deepEqual([failure.kind, failure.reason], ["permanent", "schema-refused"]);
  assert.ok(!asked.includes("POST /subjects/r-value/versions"));
  const invalid = { status: 422, body: { error_code: 42201, message: "Invalid schema" } };
  const theirs = registryAt({ ...REGISTERING, "POST /subjects/r-value/versions": invalid });
  assert.equal((await failureOf(theirs.registry.register("r-value", SCHEMA, FULL))).reason, "schema-refused");
});

Deno.test("a failure at any step of registering is that step's failure", async () => {
  for (const step of Object.keys(REGISTERING)) {
    for (const answer of [{ status: 503 }, new TypeError("reset"), { status: 401 }]) {
      const { registry } = registryAt({ ...REGISTERING, [step]: answer });
      const failure = await failureOf(registry.register("r-value", SCHEMA, FULL));
      assert.equal(failure.kind, "unavailable", `${step}: ${failure.message}`);
      assert.match(failure.message, new RegExp(step));
    }
  }
});

Deno.test("a subject with a slash stays one path segment", async () => {
  const { registry, asked } = registryAt({});
  await registry.idOf("a/b-value", SCHEMA);
  await failureOf(registry.register("a/b-value", SCHEMA, FULL));
  assert.deepEqual(asked, ["GET /subjects", "POST /subjects/a%2Fb-value", "PUT /config/a%2Fb-value"]);
});
