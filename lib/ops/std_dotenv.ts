/**
 * The part of Deno's `@std/dotenv` that this workspace uses, over `node:util`.
 *
 * The import map points the name `@std/dotenv` at this file, since JSR is not reachable wherever the project
 * is built; code that imports it works with the real one after changing that one line. Unlike the real one it
 * leaves `$NAME` in a value as it stands.
 */
import { parseEnv } from "node:util";

/** What {@linkcode load} takes. */
export interface LoadOptions {
  /** Default `.env` in the current directory; `null` reads nothing. */
  readonly envPath?: string | URL | null;
  /** Whether names that the environment does not have yet are set there. Default false. */
  readonly export?: boolean;
}

/** The names and values in the text of an env file. */
export function parse(text: string): Record<string, string> {
  const parsed: Record<string, string> = {};
  // A byte order mark would become part of the first name.
  for (const [name, value] of Object.entries(parseEnv(text.replace(/^\ufeff/, "")))) {
    if (value !== undefined) parsed[name] = value;
  }
  return parsed;
}

/** Reads an env file; a file that does not exist has no names. */
export async function load(options: LoadOptions = {}): Promise<Record<string, string>> {
  const { envPath = ".env" } = options;
  const parsed = envPath === null ? {} : parse(await readIfThere(envPath));
  if (options.export) {
    for (const [name, value] of Object.entries(parsed)) {
      if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
    }
  }
  return parsed;
}

async function readIfThere(path: string | URL): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return "";
    throw thrown;
  }
}
