import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import type { ProbedProcess } from "../harness/probed_process.ts";
import { floors, growthPerMinute, type Seen } from "./steadiness.ts";

const HANDLES_EVERY_MS = 2_000;
const MINUTE_MS = 60_000;
const MIB = 2 ** 20;
/** Until then code is compiled, caches are filled and buffers get their size. */
const SETTLED_AFTER_MINUTES = 5;
/** Fewer minutes after that say nothing of growth. */
const LEAST_MINUTES = 10;
/** In ten minutes, of what is least in each minute. */
const MOST_GROWTH = { "MiB of memory": 1, "handles": 1, "timers": 1 } as const;

/** Looks at an app that runs for long: its memory and timers from inside, its handles from outside. */
export class SteadyWatch {
  readonly #handles: Seen[] = [];
  readonly #stop: () => void;

  constructor(readonly probed: ProbedProcess) {
    this.#stop = systemClock.every(HANDLES_EVERY_MS, () => {
      if (probed.process.running) {
        this.#handles.push({ at: systemClock.monotonic(), value: probed.handles() });
      }
    });
  }

  /** Says in words how it went. Throws where something grew. @param minutes how long it has run. */
  end(minutes: number): string {
    this.#stop();
    const samples = this.probed.samples();
    assert.ok(samples.length > minutes * 20, `inconclusive: it looked at itself ${samples.length} times`);
    const series = {
      "MiB of memory": samples.map(({ at, rssBytes }) => ({ at, value: rssBytes / MIB })),
      "handles": this.#handles,
      "timers": samples.map(({ at, timers }) => ({ at, value: timers })),
    };
    const settled = Object.entries(series).map(([what, seen]) => {
      const from = (seen[0]?.at ?? 0) + Math.min(SETTLED_AFTER_MINUTES, minutes / 2) * MINUTE_MS;
      return { what, floors: floors(seen.filter(({ at }) => at >= from)) };
    });
    for (const { what, floors } of settled) {
      console.error(`${what}, the least of each minute: ${floors.map(({ value }) => Math.round(value))}`);
    }
    const most = Math.max(...series["MiB of memory"].map(({ value }) => value));
    const told = `at most ${most.toFixed(0)} MiB`;
    if (minutes < SETTLED_AFTER_MINUTES + LEAST_MINUTES) return `${told}, too short a time to judge growth`;
    const growth = settled.map(({ what, floors }) => ({ what, by: growthPerMinute(floors) * 10 }));
    const grew = growth.map(({ what, by }) => `${by < 0 ? "" : "+"}${by.toFixed(1)} ${what}`).join(", ");
    for (const { what, by } of growth) {
      const max = MOST_GROWTH[what as keyof typeof MOST_GROWTH];
      assert.ok(by < max, `in ten minutes there were ${grew} (${told})`);
    }
    return `${told}, in ten minutes ${grew}`;
  }
}
