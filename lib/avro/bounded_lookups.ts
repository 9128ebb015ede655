import type { Clock } from "../core/clock.ts";
import { Failure, permanent } from "../core/failure.ts";
import type { SchemaRegistry } from "./registry.ts";

const DEFAULT_WINDOW_MS = 5_000;
const DEFAULT_MAX_GUESSES = 20;

/** What {@linkcode BoundedLookups} takes beside the registry. */
export interface BoundedLookupsOptions {
  readonly clock: Clock;
  /** The schemas of the subject that the records belong to, by id. */
  readonly listing: () => Promise<ReadonlyMap<number, string>>;
  /** 5,000 unless told. */
  readonly windowMs?: number;
  /** How many ids that do not exist are asked for in a window; 20 unless told. */
  readonly maxGuesses?: number;
}

/**
 * Keeps a flood of records with invented ids from becoming a flood of questions to the registry.
 *
 * An id is asked for by itself, until so many were not found that guessing is likely. From then on, to the end of the
 * window, ids wait for a listing of the subject that begins after they came, so that one registered a moment ago is
 * not taken for invented; there is at most one listing in a window, however many ids there are.
 */
export class BoundedLookups implements Pick<SchemaRegistry, "schemaById"> {
  readonly #registry: Pick<SchemaRegistry, "schemaById">;
  readonly #clock: Clock;
  readonly #listing: BoundedLookupsOptions["listing"];
  readonly #windowMs: number;
  readonly #maxGuesses: number;
  #asking = 0;
  #notFound = 0;
  #windowEndsAt = -Infinity;
  #listedAt = -Infinity;
  /** A listing that has not begun yet, for all who come before it does. */
  #nextListing: Promise<ReadonlyMap<number, string>> | undefined;

  constructor(registry: Pick<SchemaRegistry, "schemaById">, options: BoundedLookupsOptions) {
    const { clock, listing, windowMs = DEFAULT_WINDOW_MS, maxGuesses = DEFAULT_MAX_GUESSES } = options;
    this.#registry = registry;
    this.#clock = clock;
    this.#listing = listing;
    this.#windowMs = windowMs;
    this.#maxGuesses = maxGuesses;
  }

  /** As the registry's own. */
  async schemaById(id: number, signal?: AbortSignal): Promise<string> {
    if (this.#mayAsk()) return await this.#ask(id, signal);
    this.#nextListing ??= this.#list();
    const listed = (await this.#nextListing).get(id);
    if (listed !== undefined) return listed;
    // Registered under another subject, perhaps: asked for if by now that is allowed again.
    if (this.#mayAsk()) return await this.#ask(id, signal);
    throw permanent(
      "schema-not-found",
      `the subject of these records has no schema ${id}, and so many ids were unknown to the registry that it is ` +
        `no longer asked for each: the value was written against another registry, or with damaged bytes`,
    );
  }

  #mayAsk(): boolean {
    if (this.#clock.monotonic() >= this.#windowEndsAt) this.#notFound = 0;
    return this.#notFound + this.#asking < this.#maxGuesses;
  }

  async #ask(id: number, signal: AbortSignal | undefined): Promise<string> {
    this.#asking++;
    try {
      return await this.#registry.schemaById(id, signal);
    } catch (error) {
      if (error instanceof Failure && error.reason === "schema-not-found") this.#countNotFound();
      throw error;
    } finally {
      this.#asking--;
    }
  }

  #countNotFound(): void {
    if (this.#notFound === 0) this.#windowEndsAt = this.#clock.monotonic() + this.#windowMs;
    this.#notFound++;
  }

  async #list(): Promise<ReadonlyMap<number, string>> {
    await this.#clock.sleep(Math.max(0, this.#listedAt + this.#windowMs - this.#clock.monotonic()));
    this.#nextListing = undefined;
    this.#listedAt = this.#clock.monotonic();
    return await this.#listing();
  }
}
