import { join } from "node:path";
import { isSameSchema } from "./same_schema.ts";

/** A schema on disk, as it is found. */
interface StoredSchema {
  readonly id: number;
  readonly registry: string;
  readonly sha256: string;
  readonly schema: string;
}

/** A schema that was kept. */
export interface KeptSchema {
  readonly id: number;
  readonly schema: string;
  /** When it was written down. */
  readonly keptAt: Date;
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

  /** The schema with this id, if it is kept and intact. */
  async find(id: number): Promise<KeptSchema | undefined> {
    const path = join(this.#dir, `${id}.json`);
    const stored = await read(path);
    if (stored?.registry !== this.#registry || stored.id !== id) return undefined;
    if (stored.sha256 !== await sha256(stored.schema)) return undefined;
    const { mtime } = await Deno.stat(path);
    return { id, schema: stored.schema, keptAt: mtime ?? new Date(0) };
  }

  /** Every schema that is intact. */
  async all(): Promise<KeptSchema[]> {
    const found = await Promise.all((await ids(this.#dir)).map((id) => this.find(id)));
    return found.filter((kept) => kept !== undefined);
  }

  /** Keeps a schema. Answers whether anything had to be written. Rejects with Deno's error when the disk refuses. */
  async save(id: number, schema: string): Promise<boolean> {
    const path = join(this.#dir, `${id}.json`);
    const known = await this.find(id);
    if (known !== undefined && isSameSchema(known.schema, schema)) return false;
    await Deno.mkdir(this.#dir, { recursive: true });
    const stored: StoredSchema = { id, registry: this.#registry, sha256: await sha256(schema), schema };
    // Whole or not at all, also when two processes write at once.
    const draft = `${path}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(draft, `${JSON.stringify(stored)}\n`);
    await Deno.rename(draft, path);
    return true;
  }
}

async function ids(dir: string): Promise<number[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(dir));
    return entries.flatMap(({ name }) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
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
