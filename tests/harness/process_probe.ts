/**
 * Looks at a process from inside: loaded before the app (`deno run --preload`), it writes a line every second into the
 * file that PROCESS_PROBE_FILE names. See {@link file://./probed_process.ts}.
 */
import process from "node:process";
import { systemClock } from "../../lib/core/clock.ts";
import { LoopWatch } from "./loop_watch.ts";
import type { ProbeSample } from "./probed_process.ts";

const EVERY_MS = 1_000;

const file = Deno.openSync(Deno.env.get("PROCESS_PROBE_FILE")!, { create: true, append: true });
const utf8 = new TextEncoder();
let told = 0;

// The probe's own timers must neither be counted nor keep the process.
const every = (ms: number, run: () => void) => {
  const timer = setInterval(run, ms);
  Deno.unrefTimer(timer as unknown as number); // Node's types call it an object
  return () => clearInterval(timer);
};
const loop = new LoopWatch({ monotonic: systemClock.monotonic, every });

every(EVERY_MS, () => {
  const { rss, heapUsed, external } = Deno.memoryUsage();
  const fresh = loop.standstills.slice(told);
  told += fresh.length;
  const sample: ProbeSample = {
    at: epoch(systemClock.monotonic()),
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length,
    standstills: fresh.map(({ from, to, crowdedMs }) => ({ from: epoch(from), to: epoch(to), crowdedMs })),
  };
  file.writeSync(utf8.encode(`${JSON.stringify(sample)}\n`));
});

/** Comparable between processes, unmoved by a clock that is set. */
function epoch(monotonic: number): number {
  return performance.timeOrigin + monotonic;
}
