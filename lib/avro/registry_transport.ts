import type { Clock } from "../core/clock.ts";
import { failureOf, notAnAnswer, type RegistryAnswer, timedOut, unreachable } from "./registry_failure.ts";

/** How a registry is reached. */
export interface RegistryTransportOptions {
  /** Where the root answers 404, `/apis/ccompat/v7` below it is tried. User and password in it are used. */
  readonly url: string;
  readonly clock: Clock;
  readonly username?: string;
  readonly password?: string;
  /** A bearer token, in place of user and password. */
  readonly token?: string;
  /** For a whole call, from asking to the last byte; 2,000 unless told. */
  readonly timeoutMs?: number;
  /** In place of the global one: for a private certificate authority, or for tests. */
  readonly fetch?: typeof fetch;
}

/** One call. */
export interface RegistryRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** Below the base, with subjects already encoded: `/subjects/orders-value/versions`. */
  readonly path: string;
  readonly body?: string;
}

const DEFAULT_TIMEOUT_MS = 2_000;
const CCOMPAT = "/apis/ccompat/v7";
const MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
/** Far above any schema: an endless answer must not fill the memory. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** HTTP to a registry: every call ends in time, and one that has no answer is `unavailable`. */
export class RegistryTransport {
  readonly #options: RegistryTransportOptions;
  readonly #root: string;
  readonly #authorization: string | undefined;
  #base: string | undefined;

  /** Throws a `TypeError` when the URL is none. */
  constructor(options: RegistryTransportOptions) {
    const url = new URL(options.url);
    this.#options = options;
    this.#authorization = authorizationOf(options, url);
    this.#root = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  }

  /** The registry's answer, whatever its status. Rejects when there is none, or with the signal's reason. */
  async request(request: RegistryRequest, signal?: AbortSignal): Promise<RegistryAnswer> {
    this.#base ??= await this.#findBase(signal);
    return await this.#ask(this.#base, request, signal);
  }

  /** Resolves when the registry answers a list of subjects. */
  async ping(signal?: AbortSignal): Promise<void> {
    const answer = await this.request(PING, signal);
    if (answer.status !== 200) throw failureOf(answer);
    if (!answer.body.trimStart().startsWith("[")) throw notAnAnswer(answer, "a list of subjects");
  }

  /** Only an answer is remembered: a registry that is down may be of either kind when it comes back. */
  async #findBase(signal: AbortSignal | undefined): Promise<string> {
    const atRoot = await this.#ask(this.#root, PING, signal);
    if (atRoot.status !== 404) return this.#root;
    const compatible = this.#root + CCOMPAT;
    const below = await this.#ask(compatible, PING, signal);
    if (below.status === 404) throw failureOf(atRoot);
    return compatible;
  }

  async #ask(
    base: string,
    request: RegistryRequest,
    signal: AbortSignal | undefined,
  ): Promise<RegistryAnswer> {
    const { clock, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const name = `${request.method} ${request.path}`;
    signal?.throwIfAborted();
    const timeout = new AbortController();
    const cancel = clock.after(timeoutMs, () => timeout.abort());
    const either = signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]);
    try {
      return await Promise.race([this.#fetch(base, request, either), rejectOnAbort(either)]);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw timeout.signal.aborted ? timedOut(base, name, timeoutMs) : unreachable(base, name, error);
    } finally {
      cancel();
    }
  }

  async #fetch(base: string, request: RegistryRequest, signal: AbortSignal): Promise<RegistryAnswer> {
    const fetch = this.#options.fetch ?? globalThis.fetch;
    const headers = new Headers({ accept: `${MEDIA_TYPE}, application/json` });
    if (this.#authorization !== undefined) headers.set("authorization", this.#authorization);
    if (request.body !== undefined) headers.set("content-type", MEDIA_TYPE);
    const response = await fetch(base + request.path, {
      method: request.method,
      headers,
      body: request.body ?? null,
      signal,
    });
    return {
      request: `${request.method} ${request.path}`,
      status: response.status,
      body: await textOf(response),
      retryAfterMs: retryAfterMs(response.headers.get("retry-after")),
    };
  }
}

const PING: RegistryRequest = { method: "GET", path: "/subjects" };

function authorizationOf(options: RegistryTransportOptions, url: URL): string | undefined {
  if (options.token !== undefined) return `Bearer ${options.token}`;
  const username = options.username ?? decodeURIComponent(url.username);
  const password = options.password ?? decodeURIComponent(url.password);
  if (username === "" && password === "") return undefined;
  return `Basic ${new TextEncoder().encode(`${username}:${password}`).toBase64()}`;
}

/** A fetch that does not heed its signal still cannot keep us waiting. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The header's form in seconds; a date is not worth a clock comparison. */
function retryAfterMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}
