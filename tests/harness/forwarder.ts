import net from "node:net";
import { systemClock } from "../../lib/core/clock.ts";
import { connectPipe, isSocketError, type Pipe, pipeOf } from "./tcp_pipe.ts";

/** Somebody who came to the door. */
export interface Arrival {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Whether there was a server behind the door. */
  readonly reached: boolean;
  /** The first line of what was said to a server that was not reached: `GET /schemas/ids/7 HTTP/1.1`; empty: nothing. */
  readonly said: string;
}

/** How a {@linkcode Forwarder} passes on. */
export interface ForwarderOptions {
  /** How much later each answer comes: a server that is far away, or slow. */
  readonly delayMs?: number;
}

type Mode = "passing" | "hanging up" | "refusing";

/** So long may a client take to say what it wants, on a busy machine. */
const FIRST_WORDS_MS = 3_000;
const latin1 = new TextDecoder("latin1");

/**
 * A door before a server, always at the same port: it passes every connection on as it comes, and counts who came also
 * while there is no server to pass them on to.
 */
export class Forwarder implements AsyncDisposable {
  readonly #upstream: { readonly host: string; readonly port: number };
  readonly #delayMs: number;
  readonly #arrivals: Arrival[] = [];
  readonly #open = new Set<Pipe>();
  #mode: Mode = "refusing";
  #server: net.Server | undefined;
  #port = 0;

  private constructor(url: string, { delayMs = 0 }: ForwarderOptions) {
    const { hostname, port } = new URL(url);
    this.#upstream = { host: hostname, port: Number(port) };
    this.#delayMs = delayMs;
  }

  /** Opens a door before the server of this URL. */
  static async open(url: string, options: ForwarderOptions = {}): Promise<Forwarder> {
    const forwarder = new Forwarder(url, options);
    await forwarder.pass();
    return forwarder;
  }

  get port(): number {
    return this.#port;
  }

  /** Everybody who came, oldest first. Nobody is seen who comes while it refuses. */
  get arrivals(): readonly Arrival[] {
    return this.#arrivals;
  }

  /** The same URL through this door. */
  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = "127.0.0.1";
    changed.port = `${this.#port}`;
    return changed.href;
  }

  /** Passes on again; who comes while the server is away is heard and hung up on. */
  async pass(): Promise<void> {
    this.#mode = "passing";
    await this.#listen();
  }

  /** Hangs up on everybody, also on those who come, as if the server were away. */
  async hangUp(): Promise<void> {
    this.#mode = "hanging up";
    this.#cutAll();
    await this.#listen();
  }

  /** Hangs up on everybody and takes no connections any more: nothing listens at the port. */
  refuse(): void {
    this.#mode = "refusing";
    this.#server?.close();
    this.#server = undefined;
    this.#cutAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    return Promise.resolve();
  }

  #listen(): Promise<void> {
    if (this.#server !== undefined) return Promise.resolve();
    const server = this.#server = net.createServer((socket) => void this.#serve(pipeOf(socket)));
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: this.#port }, () => {
        this.#port = (server.address() as net.AddressInfo).port;
        resolve();
      });
    });
  }

  #cutAll(): void {
    for (const pipe of this.#open) pipe.reset();
  }

  async #serve(client: Pipe): Promise<void> {
    const at = systemClock.monotonic();
    this.#open.add(client);
    const upstream = this.#mode === "passing" ? await connectPipe(this.#upstream) : undefined;
    if (upstream === undefined || upstream instanceof Error) {
      this.#arrivals.push({ at, reached: false, said: await firstLine(client) });
      client.reset();
    } else {
      this.#arrivals.push({ at, reached: true, said: "" });
      this.#open.add(upstream);
      const copies = [copy(client, upstream, 0), copy(upstream, client, this.#delayMs)];
      await Promise.race(copies); // whoever hangs up first ends it for both
      for (const pipe of [client, upstream]) pipe.close();
      await Promise.all(copies);
      this.#open.delete(upstream);
    }
    this.#open.delete(client);
  }
}

async function copy(from: Pipe, to: Pipe, delayMs: number): Promise<void> {
  try {
    for await (const chunk of from.incoming) {
      if (delayMs > 0) await systemClock.sleep(delayMs);
      await to.write(chunk);
    }
  } catch (error) {
    if (!isSocketError(error)) throw error;
  }
}

async function firstLine({ incoming }: Pipe): Promise<string> {
  const said = (async () => {
    for await (const chunk of incoming) return latin1.decode(chunk).split(/\r?\n/, 1)[0]!;
    return "";
  })().catch(() => "");
  return await Promise.race([said, systemClock.sleep(FIRST_WORDS_MS).then(() => "")]);
}
