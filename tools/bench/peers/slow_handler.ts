import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "../job.ts";
import type { ReadCount } from "../peer.ts";

/** A handler that waits for something else, and tells how long it took: a busy process wakes up late. */
export async function handleSlowly({ handlerMs }: Job, count: ReadCount): Promise<void> {
  const from = performance.now();
  await sleep(handlerMs);
  count.took(performance.now() - from);
}
