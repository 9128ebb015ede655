/**
 * Reads what the settings are taken from: the environment, `.env`, and what a running local stack says of itself.
 */
import { load } from "@std/dotenv";
import type { SettingsSource, SettingsSources } from "./settings.ts";

/** What {@linkcode readSettingsSources} takes. */
export interface ReadSourcesOptions {
  /** Values by flag name, as a command line gave them. */
  readonly flags?: SettingsSource;
  /** Where a running local stack says how it is reached; default `data/stack/settings.json`; `null` reads no file. */
  readonly stackPath?: string | URL | null;
  /** Default `.env` in the current directory; `null` reads no file. */
  readonly envPath?: string | URL | null;
}

/** Reads the environment and both files, and puts the flags beside them. */
export async function readSettingsSources(options: ReadSourcesOptions = {}): Promise<SettingsSources> {
  const { flags = {}, envPath = ".env", stackPath = "data/stack/settings.json" } = options;
  const [dotenv, stack] = await Promise.all([load({ envPath }), readStack(stackPath)]);
  return { flags, environment: Deno.env.toObject(), dotenv, stack };
}

/** `deno task stack up` writes the file and `down` takes it away; a file that cannot be read is no stack. */
async function readStack(path: string | URL | null): Promise<SettingsSource> {
  if (path === null) return {};
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return {};
  }
}
