import assert from "node:assert/strict";
import { Failure } from "../core/failure.ts";
import { TestClock } from "../testing/test_clock.ts";
import { createHealth, type HealthStatus } from "./health.ts";
import { createProducerMetrics } from "./metrics.ts";
import { createOpsHandler, serveOps } from "./server.ts";

function handler(enabled = true, status: HealthStatus = "healthy") {
  const health = createHealth({
    ready: [{ name: "broker", check: () => ({ status, reason: "as said" }) }],
    facts: () => ({ running: true, circuit_breaker_state: "closed" }),
    clock: new TestClock(),
  });
  const handle = createOpsHandler({ health, metrics: createProducerMetrics({ enabled }) });
  return (path: string, method = "GET") => handle(new Request(`http://localhost${path}`, { method }));
}

Deno.test("health is JSON that nobody may keep, 503 only when unhealthy", async () => {
  const response = await handler()("/health?verbose");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("content-type"), "application/json");
  const body = await response.json();
  assert.deepEqual([body.status, body.running, body.circuit_breaker_state], ["healthy", true, "closed"]);
  const degraded = handler(true, "degraded");
  const unhealthy = handler(true, "unhealthy");
  assert.equal((await degraded("/health/ready")).status, 200);
  assert.equal((await unhealthy("/health/ready")).status, 503);
  assert.equal((await unhealthy("/health")).status, 503);
  assert.equal((await unhealthy("/health/live")).status, 200);
  assert.equal((await unhealthy("/health/startup")).status, 200);
});

Deno.test("/metrics is Prometheus' text, and a reason when it is switched off", async () => {
  const response = await handler()("/metrics");
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.match(await response.text(), /^orderline_producer_messages_sent_total 0$/m);
  const off = await handler(false)("/metrics");
  assert.equal(off.status, 404);
  const body = await off.json();
  assert.match(body.error, /ENABLE_METRICS is false/);
  assert.ok(!body.paths.includes("/metrics"));
});

Deno.test("any other path is a 404 that names the paths", async () => {
  for (const path of ["/", "/metric", "/health/", "/toString", "/__proto__"]) {
    const response = await handler()(path);
    assert.equal(response.status, 404, path);
    assert.deepEqual((await response.json()).paths, [
      "/health",
      "/health/live",
      "/health/ready",
      "/health/startup",
      "/metrics",
    ]);
  }
});

Deno.test("HEAD has the status and no body, other methods are refused", async () => {
  const head = await handler(true, "unhealthy")("/health", "HEAD");
  assert.deepEqual([head.status, await head.text()], [503, ""]);
  const post = await handler()("/health", "POST");
  assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
});

Deno.test("an answer that cannot be made is a 500, not a rejection", async () => {
  const fail = () => {
    throw new Error("secret detail");
  };
  const handle = createOpsHandler({
    health: { overall: fail, live: fail, ready: fail, startup: fail },
    metrics: { enabled: true, contentType: "text/plain", text: () => Promise.reject(new Error("x")) },
  });
  for (const path of ["/health", "/metrics"]) {
    const response = await handle(new Request(`http://localhost${path}`));
    assert.equal(response.status, 500);
    assert.ok(!(await response.text()).includes("secret detail"));
  }
});

const place = { hostname: "127.0.0.1", port: 8082, portSetting: "CONSUMER_OPS_PORT" };
const never = () => Promise.resolve(new Response());

Deno.test("a port that is taken names the setting and the way out", () => {
  const serve = () => {
    throw new Deno.errors.AddrInUse("Address already in use");
  };
  assert.throws(
    () => serveOps({ ...place, handler: never, serve }),
    (thrown: unknown) =>
      thrown instanceof Failure && thrown.reason === "port-taken" &&
      /127\.0\.0\.1:8082 is taken.*set CONSUMER_OPS_PORT to a free port/.test(thrown.message),
  );
});

Deno.test("close waits for requests until its deadline, then ends them", async () => {
  const clock = new TestClock();
  let aborted = false;
  const serve = (options: Deno.ServeTcpOptions) => {
    const finished = Promise.withResolvers<void>();
    options.signal?.addEventListener("abort", () => {
      aborted = true;
      finished.resolve();
    });
    return fakeServer({ finished: finished.promise, shutdown: () => finished.promise }); // a request hangs
  };
  const server = serveOps({ ...place, handler: never, serve, clock });
  assert.equal(server.port, 40000);
  const closed = server.close(500);
  await clock.advance(499);
  assert.equal(aborted, false);
  await clock.advance(1);
  await closed;
  assert.equal(aborted, true);
  assert.equal(clock.pending, 0);
});

Deno.test("a server whose requests are done is not aborted as well", async () => {
  let aborted = false;
  const serve = (options: Deno.ServeTcpOptions) => {
    options.signal?.addEventListener("abort", () => aborted = true);
    return fakeServer({ finished: Promise.resolve(), shutdown: () => Promise.resolve() });
  };
  const clock = new TestClock();
  const server = serveOps({ ...place, handler: never, serve, clock });
  await Promise.all([server.close(), server.close()]);
  assert.deepEqual([aborted, clock.pending], [false, 0]);
});

function fakeServer(parts: Pick<Deno.HttpServer, "finished" | "shutdown">): Deno.HttpServer<Deno.NetAddr> {
  return {
    ...parts,
    addr: { transport: "tcp", hostname: "127.0.0.1", port: 40000 },
    ref() {},
    unref() {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
