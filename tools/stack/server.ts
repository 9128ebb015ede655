import { join } from "node:path";
import type { Artifacts } from "./maven.ts";

/** What every server needs to be started. */
export interface ServerContext {
  readonly dataDir: string;
  /** The `java` program. */
  readonly java: string;
  readonly artifacts: Artifacts;
}

/** Stands in the command line of everything that a stack starts: a process without it is not ours. */
export function markOf(dataDir: string): string {
  return `-Dorderline.stack=${dataDir}`;
}

/** Where a server's output goes. */
export function logFileOf(dataDir: string, name: string): string {
  return join(dataDir, "logs", `${name}.log`);
}

/** Begins a server's log anew and keeps the one before. */
export async function beginLog(dataDir: string, name: string): Promise<string> {
  const file = logFileOf(dataDir, name);
  await Deno.mkdir(join(dataDir, "logs"), { recursive: true });
  await Deno.rename(file, logFileOf(dataDir, `${name}.previous`)).catch(() => {});
  return file;
}
