import { backoffMs, type BackoffOptions } from "../core/backoff.ts";
import { type Clock, type Random, systemRandom } from "../core/clock.ts";
import { Failure } from "../core/failure.ts";
import type { SchemaRegistry } from "./registry.ts";

const DEFAULT_NOT_FOUND_MS = 30_000;
/** How long nobody asks for an id again of which the registry said nothing. */
const UNANSWERED: BackoffOptions = { firstMs: 1_000, maxMs: 5_000, jitter: 0.2 };
/** What the registry asks for is obeyed up to here. */
const MAX_RETRY_AFTER_MS = 30_000;
/** A flood of records with invented ids must not fill the memory. */
const MAX_MISSING = 1_000;

interface SchemaCacheOptions {
  readonly clock: Clock;
  readonly random?: Random;
  /** How long "no such schema" is believed. */
  readonly notFoundMs?: number;
}

/** Why there is no schema for an id, and until when nobody asks again. */
interface Missing {
  readonly failure: Failure;
  readonly until: number;
  /** How often in a row the registry did not answer. */
  readonly unanswered: number;
}

/**
 * Remembers what the registry said: a schema for ever, "no such schema" for 30 s. Where it does not answer, it is asked
 * again after a wait that grows, whoever wants the id meanwhile: the failure says when. Everything else is not remembered.
 *
 * However many ask for an id at once, the registry is asked once; one caller's abort does not take it from the
 * others.
 */
export class SchemaCache implements Pick<SchemaRegistry, "schemaById"> {
  readonly #registry: Pick<SchemaRegistry, "schemaById">;
  readonly #options: SchemaCacheOptions;
  readonly #schemas = new Map<number, string>();
  readonly #missing = new Map<number, Missing>();
  readonly #flights = new Map<number, Promise<string>>();

  constructor(registry: Pick<SchemaRegistry, "schemaById">, options: SchemaCacheOptions) {
    this.#registry = registry;
    this.#options = options;
  }

  /** As the registry's own, from memory where possible. */
  async schemaById(id: number, signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    const known = this.#schemas.get(id);
    if (known !== undefined) return known;
    const missing = this.#missing.get(id);
    if (missing !== undefined && this.#options.clock.monotonic() < missing.until) throw this.#told(missing);
    return await unlessAborted(this.#flights.get(id) ?? this.#ask(id), signal);
  }

  #ask(id: number): Promise<string> {
    const flight = this.#fetch(id).finally(() => this.#flights.delete(id));
    this.#flights.set(id, flight);
    return flight;
  }

  async #fetch(id: number): Promise<string> {
    try {
      // Not the caller's signal: others may be waiting for the same answer, and the registry has its timeout.
      const schemaText = await this.#registry.schemaById(id);
      this.#schemas.set(id, schemaText);
      this.#missing.delete(id);
      return schemaText;
    } catch (error) {
      const missing = error instanceof Failure ? this.#missingBy(error, id) : undefined;
      if (missing === undefined) throw error;
      this.#remember(id, missing);
      throw this.#told(missing);
    }
  }

  #missingBy(failure: Failure, id: number): Missing | undefined {
    const { clock, random = systemRandom, notFoundMs = DEFAULT_NOT_FOUND_MS } = this.#options;
    const now = clock.monotonic();
    if (failure.reason === "schema-not-found") return { failure, until: now + notFoundMs, unanswered: 0 };
    if (failure.kind !== "unavailable") return undefined;
    const unanswered = (this.#missing.get(id)?.unanswered ?? 0) + 1;
    const asked = Math.min(failure.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
    return { failure, until: now + Math.max(asked, backoffMs(unanswered, UNANSWERED, random)), unanswered };
  }

  /** The failure as it is thrown now: who waits as long as it says finds the registry asked again. */
  #told({ failure, until, unanswered }: Missing): Failure {
    if (unanswered === 0) return failure;
    const { kind, reason, message, cause, dependency } = failure;
    return new Failure(kind, reason, message, {
      cause,
      ...(dependency !== undefined && { dependency }),
      retryAfterMs: Math.max(0, until - this.#options.clock.monotonic()),
    });
  }

  #remember(id: number, missing: Missing): void {
    this.#missing.delete(id); // so that it goes to the end: the first entry is always the oldest
    const oldest = this.#missing.keys().next();
    if (this.#missing.size >= MAX_MISSING && !oldest.done) this.#missing.delete(oldest.value);
    this.#missing.set(id, missing);
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
