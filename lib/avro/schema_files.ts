import { join } from "node:path";
import { isSameSchema } from "./same_schema.ts";

/** A schema on disk, as it is found. */
interface StoredSchema {
  readonly id: number;
  readonly registry: string;
  readonly sha256: string;
  readonly schema: string;
}

/**
 * Schemas kept on disk, so that a start needs no registry: one file for each id in a folder for each registry, since
 * ids of one registry mean something else in another.
 *
 * A file whose content is not what its hash says counts as absent: a damaged cache costs a question, never a record.
 */
export class SchemaFiles {
  readonly #dir: string;
  readonly #registry: string;

  private constructor(dir: string, registry: string) {
    this.#dir = dir;
    this.#registry = registry;
  }

  /** The files of one registry below `dir`. Nothing is read or made yet. */
  static async open(dir: string, registryUrl: string): Promise<SchemaFiles> {
    const { origin, pathname } = new URL(registryUrl);
    const registry = `${origin}${pathname.replace(/\/+$/, "")}`;
    return new SchemaFiles(join(dir, (await sha256(registry)).slice(0, 16)), registry);
  }

  /** Every schema that is intact, by id. */
  async load(): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    for (const name of await names(this.#dir)) {
      const stored = await read(join(this.#dir, name));
      if (stored?.registry !== this.#registry || stored.sha256 !== await sha256(stored.schema)) continue;
      if (name === `${stored.id}.json`) found.set(stored.id, stored.schema);
    }
    return found;
  }

  /** Keeps a schema. Answers whether anything had to be written. Rejects with Deno's error when the disk refuses. */
  async save(id: number, schema: string): Promise<boolean> {
    const path = join(this.#dir, `${id}.json`);
    const known = await read(path);
    if (known !== undefined && known.registry === this.#registry && isSameSchema(known.schema, schema)) {
      if (known.sha256 === await sha256(known.schema)) return false;
    }
    await Deno.mkdir(this.#dir, { recursive: true });
    const stored: StoredSchema = { id, registry: this.#registry, sha256: await sha256(schema), schema };
    // Whole or not at all, also when two processes write at once.
    const draft = `${path}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(draft, `${JSON.stringify(stored)}\n`);
    await Deno.rename(draft, path);
    return true;
  }
}

async function names(dir: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).filter((name) =>
      /^\d+\.json$/.test(name)
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function read(path: string): Promise<StoredSchema | undefined> {
  try {
    const stored = JSON.parse(await Deno.readTextFile(path)) as StoredSchema | null;
    return typeof stored?.schema === "string" ? stored : undefined;
  } catch {
    return undefined; // absent or damaged
  }
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}
