import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import type { ProbedProcess } from "../harness/probed_process.ts";
import { floors, growthPerMinute, type Seen } from "./steadiness.ts";

const HANDLES_EVERY_MS = 2_000;
/** Until here code is compiled, caches are filled and buffers get their size. */
const SETTLED_AFTER_MINUTES = 5;
/** Fewer minutes say nothing of growth. */
const LEAST_MINUTES = 10;
const MIB = 2 ** 20;
/** In ten minutes, of what is least in each. */
const MAX_GROWTH = { memoryMib: 1, handles: 1, timers: 1 } as const;

/** Looks at an app that runs for long: its memory and timers from inside, its handles from outside. */
export class SteadyWatch {
  readonly #handles: Seen[] = [];
  readonly #stop: () => void;

  constructor(readonly probed: ProbedProcess) {
    this.#stop = systemClock.every(HANDLES_EVERY_MS, () => {
      this.#handles.push({ at: systemClock.monotonic(), value: probed.handles() });
    });
  }

  /** Says in words how it went. Throws where something grew. @param minutes how long it was to run. */
  async end(minutes: number): Promise<string> {
    this.#stop();
    await Promise.resolve();
    const samples = this.probed.samples();
    assert.ok(samples.length > minutes * 20, `inconclusive: it looked at itself ${samples.length} times`);
    const series = {
      memoryMib: samples.map(({ at, rssBytes }) => ({ at, value: rssBytes / MIB })),
      heapMib: samples.map(({ at, heapBytes }) => ({ at, value: heapBytes / MIB })),
      timers: samples.map(({ at, timers }) => ({ at, value: timers })),
      handles: this.#handles,
    };
    const settled = Math.min(SETTLED_AFTER_MINUTES, minutes / 2);
    const floorsOf = (seen: readonly Seen[]) => {
      const from = (seen[0]?.at ?? 0) + settled * 60_000;
      return floors(seen.filter(({ at }) => at >= from));
    };
    const growth = (seen: readonly Seen[]) => growthPerMinute(floorsOf(seen)) * 10;
    const grew = {
      memoryMib: growth(series.memoryMib),
      handles: growth(series.handles),
      timers: growth(series.timers),
    };
    const most = Math.max(...series.memoryMib.map(({ value }) => value));
    const seen = (what: keyof typeof series) =>
      floorsOf(series[what]).map(({ value }) => value.toFixed(0)).join(" ");
    console.error(
      `memory ${seen("memoryMib")} MiB; heap ${seen("heapMib")} MiB; handles ${seen("handles")}; timers ${
        seen("timers")
      }`,
    );
    const told = `at most ${most.toFixed(0)} MiB, in 10 minutes ${signed(grew.memoryMib)} MiB, ` +
      `${signed(grew.handles)} handles, ${signed(grew.timers)} timers`;
    if (minutes - settled < LEAST_MINUTES) return `${told} (too short to judge)`;
    for (const [what, value] of Object.entries(grew)) {
      const max = MAX_GROWTH[what as keyof typeof grew];
      assert.ok(
        value < max,
        `${what} of ${this.probed.file} grew by ${value.toFixed(2)} in 10 minutes: ${told}`,
      );
    }
    return told;
  }
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : ""}${value.toFixed(1)}`;
}
