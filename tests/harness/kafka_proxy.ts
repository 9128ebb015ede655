/**
 * A TCP proxy that understands Kafka's frames, so that a test can lose exactly one answer, and prove that it did.
 *
 * One listener per broker. Addresses in Metadata and FindCoordinator answers are rewritten, so that clients keep
 * coming through the proxy. A run whose fault cannot be found in `events` is inconclusive, never passed.
 */
import net from "node:net";
import { systemClock } from "../../lib/core/clock.ts";
import { type Address, rewriteAddresses } from "./kafka_proxy_responses.ts";
import type { ParsedRequest } from "./kafka_proxy_requests.ts";
import { relay, type RelayEvent } from "./kafka_proxy_relay.ts";
import { type Act, type RequestInfo, type Rule, Rules } from "./kafka_proxy_rules.ts";
import { WireError } from "./kafka_proxy_wire.ts";
import { connectPipe, type Pipe, pipeOf } from "./tcp_pipe.ts";

/** One line of the ledger. */
export type ProxyEvent =
  & {
    /** Monotonic milliseconds, as `performance.now()` gives them. */
    readonly at: number;
    /** Which connection, counted from 1 in the order of arrival. */
    readonly connection: number;
    readonly broker: number;
  }
  & (RelayEvent | { readonly kind: "opened" } | { readonly kind: "unreachable"; readonly detail: string });

/** A running proxy. `broker` is an index into `brokers`; without it, a method means all of them. */
export interface KafkaProxy {
  /** What to give to clients as brokers, in the order of `upstreams`. */
  readonly brokers: readonly string[];
  /** Everything that happened so far, oldest first. */
  readonly events: readonly ProxyEvent[];
  readonly rules: Pick<Rules, "add" | "remove">;
  /** Stops forwarding, both ways; connections stay up and new ones are accepted (a half-open network). */
  pause(broker?: number): void;
  resume(broker?: number): void;
  /** Hangs up on every client. */
  cutAll(broker?: number): void;
  /** Whether new connections are refused, as by a broker that is down. */
  refuse(refused: boolean, broker?: number): void;
  /** Empties `events`: what was asked before and is answered from now on has an answer only. */
  forget(): void;
  /** Hangs up, stops listening, and waits until nothing is left. */
  close(): Promise<void>;
}

/**
 * Starts a proxy before the brokers at `upstreams` (`host:port`, as they advertise themselves).
 *
 * `onEvent` is told every event in place of `events`, which a long run would fill.
 */
export async function startKafkaProxy(
  { upstreams, rules = [], seed = 1, onEvent }: {
    upstreams: readonly string[];
    rules?: readonly Rule[];
    seed?: number;
    onEvent?: (event: ProxyEvent) => void;
  },
): Promise<KafkaProxy> {
  const inForce = new Rules(rules, seed);
  const counts = new Map<number, number>();
  const events: ProxyEvent[] = [];
  const keep = onEvent ?? ((event: ProxyEvent) => void events.push(event));
  let connections = 0;

  function admit(parsed: ParsedRequest, broker: number): { request: RequestInfo; act: Act | undefined } {
    const count = (counts.get(parsed.apiKey) ?? 0) + 1;
    counts.set(parsed.apiKey, count);
    const request = { ...parsed, broker, count };
    return { request, act: inForce.actFor(request) };
  }

  /** The proxy's own address for a broker; a broker that it does not know would be reached past it. */
  function proxied({ host, port }: Address): Address {
    const door = doors.find(({ upstream }) => upstream.host === host && upstream.port === port);
    if (door === undefined) {
      throw new WireError(`The cluster has a broker ${host}:${port}, not among ${upstreams}.`);
    }
    return door.address;
  }

  const doors = upstreams.map((text, broker) =>
    new Door(parseAddress(text), async (client, { door, signal }) => {
      const connection = ++connections;
      const record = (event: RelayEvent | { kind: "opened" } | { kind: "unreachable"; detail: string }) =>
        keep({ at: systemClock.monotonic(), connection, broker, ...event });
      const upstream = await connectPipe(door.upstream);
      if (upstream instanceof Error) {
        record({ kind: "unreachable", detail: upstream.message });
        return client.close();
      }
      record({ kind: "opened" });
      await relay(client, upstream, {
        signal,
        clock: systemClock,
        mayPass: () => door.mayPass(),
        admit: (request) => admit(request, broker),
        redirect: (request, response) => rewriteAddresses(request, response, proxied),
        record,
      });
    })
  );
  await Promise.all(doors.map((door) => door.open()));
  const chosen = (broker?: number) => doors.filter((_, index) => broker === undefined || index === broker);

  return {
    brokers: doors.map(({ address: { host, port } }) => `${host}:${port}`),
    events,
    rules: inForce,
    pause: (broker) => chosen(broker).forEach((door) => door.pause()),
    resume: (broker) => chosen(broker).forEach((door) => door.resume()),
    cutAll: (broker) => chosen(broker).forEach((door) => door.cutAll()),
    refuse: (refused, broker) => chosen(broker).forEach((door) => refused ? door.shut() : void door.open()),
    forget: () => void events.splice(0),
    close: async () => void await Promise.all(doors.map((door) => door.close())),
  };
}

/** Serves one client until it, its broker or `signal` hangs up. */
type Serve = (client: Pipe, options: { door: Door; signal: AbortSignal }) => Promise<void>;

/** The listener that stands for one broker, and what comes through it. */
class Door {
  #port = 0;
  #paused = false;
  #passing = Promise.withResolvers<void>();
  #cut = new AbortController();
  #server: net.Server | undefined;
  #running = new Set<Promise<void>>();

  constructor(
    readonly upstream: Address,
    readonly serve: Serve,
  ) {
    this.#passing.resolve();
  }

  get address(): Address {
    return { host: "127.0.0.1", port: this.#port };
  }

  /** Listens, always on the same port; resolves when it does. */
  open(): Promise<void> {
    if (this.#server !== undefined) return Promise.resolve();
    const server = net.createServer((socket) =>
      this.#keep(this.serve(pipeOf(socket), { door: this, signal: this.#cut.signal }))
    );
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: this.#port }, () => {
        this.#port = (server.address() as net.AddressInfo).port;
        resolve();
      });
    });
  }

  shut(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#passing = Promise.withResolvers();
  }

  resume(): void {
    this.#paused = false;
    this.#passing.resolve();
  }

  /** Resolves while frames may pass. */
  mayPass(): Promise<void> {
    return this.#passing.promise;
  }

  cutAll(): void {
    this.#cut.abort();
    this.#cut = new AbortController();
  }

  async close(): Promise<void> {
    this.shut();
    this.cutAll();
    this.resume();
    await Promise.all(this.#running);
  }

  #keep(task: Promise<void>): void {
    const tracked = task.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }
}

function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
