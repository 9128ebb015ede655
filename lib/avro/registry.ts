/**
 * The schema registry as the library needs it.
 *
 * Every call rejects with a `Failure`: `unavailable` when the registry is down, slow, refuses us or answers
 * with something that no registry says; `permanent` only for what the registry itself says about the schema.
 * An aborted signal rejects with the signal's reason.
 */
export interface SchemaRegistry {
  /** The schema text with this id. Rejects with `permanent("schema-not-found")` when there is none. */
  schemaById(id: number, signal?: AbortSignal): Promise<string>;
  /** The id under which exactly this schema is registered, or undefined when it is not. */
  idOf(subject: string, schemaText: string, signal?: AbortSignal): Promise<number | undefined>;
  /**
   * Sets the subject's compatibility level, registers the schema, reads it back and compares; idempotent.
   *
   * Rejects with `permanent`: `incompatible` when the registry refuses the change, `schema-refused` when it
   * does not accept the schema at all, `schema-not-kept` when it answered with the id of another text.
   */
  register(
    subject: string,
    schemaText: string,
    options: { readonly compatibility: CompatibilityLevel; readonly signal?: AbortSignal },
  ): Promise<number>;
  /** Resolves when the registry answers like one. */
  ping(signal?: AbortSignal): Promise<void>;
}

/** What a registry can be told to allow to change between versions of a subject. */
export const COMPATIBILITY_LEVELS = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const;

/** One of {@linkcode COMPATIBILITY_LEVELS}. */
export type CompatibilityLevel = typeof COMPATIBILITY_LEVELS[number];
