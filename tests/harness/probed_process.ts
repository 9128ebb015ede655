import type { AppProcess } from "./app_process.ts";
import type { Standstill } from "./loop_watch.ts";

/** What a process saw of itself in one second. Times in milliseconds since 1970, by the monotonic clock. */
export interface ProbeSample {
  readonly at: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Memory outside of the heap that the heap holds: buffers. */
  readonly externalBytes: number;
  /** Timers that are armed. */
  readonly timers: number;
  /** Those that ended in this second. */
  readonly standstills: readonly Standstill[];
}

/** The module that is loaded before the app. */
export const PROBE = new URL("process_probe.ts", import.meta.url).pathname;

/** An app that looks at itself from inside while it runs. */
export class ProbedProcess {
  constructor(readonly process: AppProcess, readonly file: string) {}

  /** Every sample so far; a line that is being written does not count. */
  samples(): ProbeSample[] {
    const lines = Deno.readTextFileSync(this.file).split("\n");
    lines.pop();
    return lines.map((line) => JSON.parse(line));
  }

  /** Files, sockets and everything else that the process holds open now. */
  handles(): number {
    return [...Deno.readDirSync(`/proc/${this.process.pid}/fd`)].length;
  }
}
