/**
 * The HTTP server for probes and Prometheus. It only answers questions: nothing can be changed through it.
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { Failure } from "../core/failure.ts";
import { type Health, type HealthReport, httpStatusOf } from "./health.ts";
import type { Metrics } from "./metrics.ts";

/** What the endpoints answer from. */
export interface OpsSources {
  readonly health: Health;
  readonly metrics: Pick<Metrics, "enabled" | "contentType" | "text">;
}

/** Answers one request; never rejects. */
export type OpsHandler = (request: Request) => Promise<Response>;

const ALLOWED = "GET, HEAD";

/** Makes the function that answers requests: GET and HEAD of `/health…` and `/metrics`. */
export function createOpsHandler({ health, metrics }: OpsSources): OpsHandler {
  const reports: Record<string, () => HealthReport> = {
    "/health": () => health.overall(),
    "/health/live": () => health.live(),
    "/health/ready": () => health.ready(),
    "/health/startup": () => health.startup(),
  };
  const paths = [...Object.keys(reports), ...(metrics.enabled ? ["/metrics"] : [])];

  async function answer(request: Request): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return json(405, { error: `this server only answers ${ALLOWED}` }, { allow: ALLOWED });
    }
    const path = new URL(request.url).pathname;
    const report = reports[path]?.();
    if (report !== undefined) return json(httpStatusOf(report), report);
    if (path !== "/metrics") return json(404, { error: "there is nothing at this path", paths });
    if (!metrics.enabled) {
      return json(404, { error: "metrics are switched off: ENABLE_METRICS is false", paths });
    }
    return respond(200, await metrics.text(), { "content-type": metrics.contentType });
  }

  return async (request) => {
    let response: Response;
    try {
      response = await answer(request);
    } catch {
      response = json(500, { error: "the answer could not be made; the log of the application may say why" });
    }
    return request.method === "HEAD" ? new Response(null, response) : response;
  };
}

/** What {@linkcode serveOps} takes. */
export interface OpsServerOptions {
  readonly handler: OpsHandler;
  readonly hostname: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The setting that an error about the port names: `CONSUMER_OPS_PORT`, `PRODUCER_OPS_PORT`. */
  readonly portSetting: string;
  readonly clock?: Clock;
  /** Stands in for `Deno.serve`. */
  readonly serve?: (options: Deno.ServeTcpOptions, handler: OpsHandler) => Deno.HttpServer<Deno.NetAddr>;
}

/** A server that runs. */
export interface OpsServer {
  readonly port: number;
  /** `http://127.0.0.1:8082` */
  readonly url: string;
  /** Lets requests finish for at most `deadlineMs`, then ends them. Never rejects. */
  close(deadlineMs?: number): Promise<void>;
}

const CLOSE_DEADLINE_MS = 2000;

/**
 * Starts the server.
 *
 * @throws {Failure} when it cannot listen there, naming the setting to change.
 */
export function serveOps(options: OpsServerOptions): OpsServer {
  const { handler, hostname, port, portSetting, clock = systemClock } = options;
  const serve = options.serve ?? ((serveOptions, handle) => Deno.serve(serveOptions, handle));
  const abort = new AbortController();
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = serve({ hostname, port, signal: abort.signal, onListen: () => {} }, handler);
  } catch (thrown) {
    throw cannotListen(thrown, { hostname, port, portSetting });
  }
  let closing: Promise<void> | undefined;
  const close = async (deadlineMs: number) => {
    const timer = new AbortController();
    const graceful = server.shutdown().then(() => true, () => true);
    const late = clock.sleep(deadlineMs, timer.signal).then(() => false, () => true);
    const finished = await Promise.race([graceful, late]);
    timer.abort();
    // Deno's server throws outside of any promise when it is aborted after it has finished.
    if (!finished) abort.abort();
    await server.finished.catch(() => {});
  };
  const { port: listening } = server.addr;
  return {
    port: listening,
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${listening}`,
    close: (deadlineMs = CLOSE_DEADLINE_MS) => closing ??= close(deadlineMs),
  };
}

function cannotListen(
  thrown: unknown,
  { hostname, port, portSetting }: Pick<OpsServerOptions, "hostname" | "port" | "portSetting">,
): Failure {
  const place = `${hostname}:${port}`;
  if (thrown instanceof Deno.errors.AddrInUse) {
    return new Failure(
      "permanent",
      "port-taken",
      `${place} is taken by another program, so health and metrics cannot be served there. ` +
        `Stop that program, or set ${portSetting} to a free port (0 takes any).`,
      { cause: thrown },
    );
  }
  return new Failure(
    "permanent",
    "cannot-listen",
    `health and metrics cannot be served on ${place}: ${
      thrown instanceof Error ? thrown.message : thrown
    }. ` +
      `Set ${portSetting} (and OPS_HOST) to an address that this program may listen on.`,
    { cause: thrown },
  );
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return respond(status, `${JSON.stringify(body)}\n`, { "content-type": "application/json", ...headers });
}

function respond(status: number, body: string, headers: Record<string, string>): Response {
  return new Response(body, {
    status,
    headers: { "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers },
  });
}
