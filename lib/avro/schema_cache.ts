import type { Clock } from "../core/clock.ts";
import { Failure } from "../core/failure.ts";
import type { SchemaRegistry } from "./registry.ts";

const DEFAULT_NOT_FOUND_MS = 30_000;
/** A flood of records with invented ids must not fill the memory. */
const MAX_NOT_FOUND = 1_000;

interface SchemaCacheOptions {
  readonly clock: Clock;
  /** How long "no such schema" is believed. */
  readonly notFoundMs?: number;
}

/**
 * Remembers what the registry said: a schema for ever, "no such schema" for 30 s, everything else not at all.
 *
 * However many ask for an id at once, the registry is asked once; one caller's abort does not take it from the
 * others.
 */
export class SchemaCache implements Pick<SchemaRegistry, "schemaById"> {
  readonly #registry: Pick<SchemaRegistry, "schemaById">;
  readonly #options: SchemaCacheOptions;
  readonly #schemas = new Map<number, string>();
  readonly #notFound = new Map<number, { readonly failure: Failure; readonly until: number }>();
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
    const missing = this.#notFound.get(id);
    if (missing !== undefined && this.#options.clock.monotonic() < missing.until) throw missing.failure;
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
      return schemaText;
    } catch (error) {
      if (error instanceof Failure && error.reason === "schema-not-found") this.#remember(id, error);
      throw error;
    }
  }

  #remember(id: number, failure: Failure): void {
    const { clock, notFoundMs = DEFAULT_NOT_FOUND_MS } = this.#options;
    this.#notFound.delete(id); // so that it goes to the end: the first entry is always the oldest
    const oldest = this.#notFound.keys().next();
    if (this.#notFound.size >= MAX_NOT_FOUND && !oldest.done) this.#notFound.delete(oldest.value);
    this.#notFound.set(id, { failure, until: clock.monotonic() + notFoundMs });
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
