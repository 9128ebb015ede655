import { Failure } from "../core/failure.ts";
import type { SchemaRegistry } from "./registry.ts";
import { isSameSchema } from "./same_schema.ts";
import type { KeptSchema, SchemaFiles } from "./schema_files.ts";

/** What {@linkcode KeptSchemas} is told by, and tells. */
export interface KeptSchemasOptions {
  /** Where schemas are kept; undefined keeps none. */
  readonly files: Pick<SchemaFiles, "find" | "all" | "save"> | undefined;
  /** A schema on disk spoke for the registry, which gave this failure instead of it. */
  readonly onKeptUsed?: (kept: KeptSchema, instead: Failure) => void;
  /** The disk refused to keep a schema. Nothing fails by that but a later start without a registry. */
  readonly onNotKept?: (id: number, error: unknown) => void;
}

/**
 * A registry whose answers are kept on disk, and are given from there when it has none.
 *
 * The registry goes first: it may have been emptied and have given the same id anew. The disk speaks when the registry
 * is unavailable, and for an id that it no longer knows, since records that were written with it are still there. It
 * never says that a schema is registered when the registry says that it is not.
 */
export class KeptSchemas implements Pick<SchemaRegistry, "schemaById" | "idOf"> {
  readonly #registry: Pick<SchemaRegistry, "schemaById" | "idOf">;
  readonly #options: KeptSchemasOptions;

  constructor(registry: Pick<SchemaRegistry, "schemaById" | "idOf">, options: KeptSchemasOptions) {
    this.#registry = registry;
    this.#options = options;
  }

  /** As the registry's own. */
  async schemaById(id: number, signal?: AbortSignal): Promise<string> {
    const { files } = this.#options;
    try {
      const schema = await this.#registry.schemaById(id, signal);
      await this.#keep(id, schema);
      return schema;
    } catch (error) {
      return (await this.#insteadOf(error, ["schema-not-found"], () => files?.find(id))).schema;
    }
  }

  /** As the registry's own. */
  async idOf(subject: string, schemaText: string, signal?: AbortSignal): Promise<number | undefined> {
    const { files } = this.#options;
    try {
      const id = await this.#registry.idOf(subject, schemaText, signal);
      if (id !== undefined) await this.#keep(id, schemaText);
      return id;
    } catch (error) {
      const find = async () => (await files?.all())?.find(({ schema }) => isSameSchema(schema, schemaText));
      return (await this.#insteadOf(error, [], find)).id;
    }
  }

  /** What is on disk; throws the error where nothing is, or where it is none that the disk may speak for. */
  async #insteadOf(
    error: unknown,
    reasons: readonly string[],
    find: () => Promise<KeptSchema | undefined> | undefined,
  ): Promise<KeptSchema> {
    if (!(error instanceof Failure)) throw error;
    if (error.kind !== "unavailable" && !reasons.includes(error.reason)) throw error;
    // A disk that cannot be read knows nothing: what is said is the registry's failure.
    const kept = await Promise.resolve(find()).catch(() => undefined);
    if (kept === undefined) throw error;
    this.#options.onKeptUsed?.(kept, error);
    return kept;
  }

  async #keep(id: number, schema: string): Promise<void> {
    try {
      await this.#options.files?.save(id, schema);
    } catch (error) {
      this.#options.onNotKept?.(id, error);
    }
  }
}
