import { join } from "node:path";
import { systemClock } from "@orderline/lib/core/clock";

interface LockOptions {
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `task` while no other `up` or `down` works on the same data folder; waits for its turn.
 *
 * The system lets go of the lock when its holder ends, however it ends, so it cannot be left behind. The file's
 * content, the holder's process id, is only for people.
 */
export async function withLock<T>(
  dataDir: string,
  options: LockOptions,
  task: () => Promise<T>,
): Promise<T> {
  await Deno.mkdir(dataDir, { recursive: true });
  const path = join(dataDir, "stack.lock");
  using file = await Deno.open(path, { create: true, read: true, write: true });
  for (let told = false; !await file.tryLock(true); told = true) {
    if (!told) {
      const holder = (await Deno.readTextFile(path).catch(() => "")).trim();
      options.progress(`process ${holder || "?"} is starting or stopping this stack: waiting for it`);
    }
    await systemClock.sleep(100, options.signal);
  }
  await file.truncate(0);
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return await task();
}
