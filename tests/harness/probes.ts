import type { Arrival } from "./forwarder.ts";

/** Connections that came together: one question, asked again at once where it was cut. */
export interface Probe {
  /** Of the first connection; monotonic milliseconds. */
  readonly at: number;
  /** Of the last one. */
  readonly endedAt: number;
  readonly connections: number;
}

/** Longer than a try that is cut takes to be made again, also on a busy machine; far below any reset time. */
const TOGETHER_MS = 1_000;

/** What arrived at a door, as the probes that somebody behind it counted. */
export function probesOf(arrivals: readonly Pick<Arrival, "at">[]): Probe[] {
  const probes: Probe[] = [];
  for (const { at } of arrivals.toSorted((a, b) => a.at - b.at)) {
    const last = probes.at(-1);
    if (last === undefined || at - last.endedAt > TOGETHER_MS) {
      probes.push({ at, endedAt: at, connections: 1 });
    } else probes[probes.length - 1] = { ...last, endedAt: at, connections: last.connections + 1 };
  }
  return probes;
}
