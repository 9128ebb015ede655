import { systemClock } from "../core/clock.ts";
import { BoundedLookups } from "./bounded_lookups.ts";
import { KeptSchemas, type KeptSchemasOptions } from "./kept_schemas.ts";
import { openCatalogue, openRegistry, type RegistrySettings } from "./open_registry.ts";
import type { SchemaRegistry } from "./registry.ts";
import { SchemaCache } from "./schema_cache.ts";
import { SchemaFiles } from "./schema_files.ts";

/** The settings by which an application gets at schemas. */
export interface SchemaSettings extends RegistrySettings {
  /** A folder, or `none`. */
  readonly schemaCacheDir: string;
}

/** A registry as an application uses it. */
export interface SubjectSchemas {
  /** The registry, and the disk where that does not answer. */
  readonly ids: Pick<SchemaRegistry, "idOf">;
  /** The same by id, each asked for once. */
  readonly schemas: Pick<SchemaRegistry, "schemaById">;
  /** The registry's own word, never the disk's. */
  readonly registry: SchemaRegistry;
}

/**
 * The schemas of one subject: from the registry, kept on disk for starts without it, with a bound on what a flood of
 * invented ids may ask.
 */
export async function openSchemas(
  settings: SchemaSettings,
  { subject, ...events }: { readonly subject: string } & Omit<KeptSchemasOptions, "files">,
): Promise<SubjectSchemas> {
  const { schemaCacheDir: dir, schemaRegistryUrl: url } = settings;
  const registry = openRegistry(settings);
  const catalogue = openCatalogue(settings);
  const lookups = new BoundedLookups(registry, {
    clock: systemClock,
    listing: async () => new Map((await catalogue.versions(subject)).map(({ id, text }) => [id, text])),
  });
  const kept = new KeptSchemas({
    schemaById: (id, signal) => lookups.schemaById(id, signal),
    idOf: (name, text, signal) => registry.idOf(name, text, signal),
  }, { files: dir === "none" ? undefined : await SchemaFiles.open(dir, url), ...events });
  return { ids: kept, schemas: new SchemaCache(kept, { clock: systemClock }), registry };
}
