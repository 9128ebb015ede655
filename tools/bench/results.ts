import type { Measured, Waits, Workload } from "./job.ts";
import { median } from "./statistics.ts";

/** Every round of one peer. */
export interface PeerRuns {
  readonly name: string;
  readonly runs: readonly Measured[];
}

/** A peer's medians over the rounds. */
export interface PeerResult {
  readonly name: string;
  readonly per_second: number;
  /** The slowest and the fastest round: how far the median is to be trusted. */
  readonly lowest: number;
  readonly highest: number;
  readonly records: number;
  readonly acknowledged_ms?: Waits;
  readonly handler_ms?: number;
  /** The longest of every round: a median would hide the one that a heartbeat was late for. */
  readonly longest_stall_ms?: number;
}

/** What `--json` prints. */
export interface BenchResult {
  readonly workload: Workload;
  readonly rounds: number;
  /** Fastest first; by the median acknowledgement where the rate is given. */
  readonly results: readonly PeerResult[];
  /** What the ratios are of. */
  readonly ratio_of: "per_second" | "acknowledged_ms.p50";
  /** Ours ÷ the peer's, by name. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Peers that are not installed. */
  readonly missing: readonly string[];
}

/** The peer that the others are compared with. */
export const OURS = "ours";

/** Medians and ratios. Where ours did not run there are no ratios. */
export function summarize(
  workload: Workload,
  peers: readonly PeerRuns[],
  { rounds, missing }: { readonly rounds: number; readonly missing: readonly string[] },
): BenchResult {
  const ratioOf = workload === "latency" ? "acknowledged_ms.p50" : "per_second";
  const compared = (result: PeerResult): number =>
    ratioOf === "per_second" ? result.per_second : result.acknowledged_ms!.p50;
  const results = peers.map(resultOf).sort((a, b) =>
    ratioOf === "per_second" ? compared(b) - compared(a) : compared(a) - compared(b)
  );
  const ours = results.find(({ name }) => name === OURS);
  const others = ours === undefined ? [] : results.filter((result) => result !== ours);
  return {
    workload,
    rounds,
    results,
    ratio_of: ratioOf,
    ratios: Object.fromEntries(
      others.map((other) => [other.name, rounded(compared(ours!) / compared(other), 2)]),
    ),
    missing,
  };
}

function resultOf({ name, runs }: PeerRuns): PeerResult {
  const rates = runs.map(({ records, ms }) => records / ms * 1_000);
  const medianOf = (pick: (run: Measured) => number | undefined): number | undefined => {
    const values = runs.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : rounded(median(values), 1);
  };
  const wait = (which: keyof Waits) => medianOf(({ acknowledgedMs }) => acknowledgedMs?.[which]);
  const p50 = wait("p50");
  const handlerMs = medianOf((run) => run.handlerMs);
  const stalls = runs.map((run) => run.longestStallMs).filter((value) => value !== undefined);
  return {
    name,
    per_second: Math.round(median(rates)),
    lowest: Math.round(Math.min(...rates)),
    highest: Math.round(Math.max(...rates)),
    records: runs[0]!.records,
    ...(p50 !== undefined &&
      { acknowledged_ms: { p50, p95: wait("p95")!, p99: wait("p99")!, max: wait("max")! } }),
    ...(handlerMs !== undefined && { handler_ms: handlerMs }),
    ...(stalls.length > 0 && { longest_stall_ms: rounded(Math.max(...stalls), 1) }),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
