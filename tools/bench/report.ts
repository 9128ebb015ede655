import { table } from "@orderline/lib/ops/table";
import { IN_FLIGHT } from "./workloads.ts";
import { type BenchResult, OURS, type PeerResult } from "./results.ts";

/** How the report may look. */
export interface ReportLook {
  readonly unicode: boolean;
}

const BAR_COLUMNS = 16;

/** The results as a table that fits a screen, with a picture: bars of speed, or of the wait where the rate is given. */
export function report(
  { workload, rounds, results, ratios, ratio_of }: BenchResult,
  { title, labels, look }: {
    readonly title: string;
    /** What each peer is called, by its name. */
    readonly labels: Readonly<Record<string, string>>;
    readonly look: ReportLook;
  },
): string {
  const isWait = ratio_of !== "per_second";
  const sizeOf = (result: PeerResult) => isWait ? result.acknowledged_ms!.p50 : result.per_second;
  const largest = Math.max(...results.map(sizeOf));
  const rows = results.map((result) => [
    labels[result.name] ?? result.name,
    ...(isWait ? waits(result) : speeds(result)),
    result.name === OURS || ratios[result.name] === undefined ? "" : `${ratios[result.name]!.toFixed(2)} ×`,
    bar(sizeOf(result) / largest, look),
  ]);
  const head = isWait
    ? ["", "ORDERS/S", "P50 MS", "P95", "P99", "MAX", "OURS IS", ""]
    : ["", "ORDERS/S", "SLOWEST", "FASTEST", "OURS IS", ""];
  const align = head.map((_, index) =>
    index === 0 || index === head.length - 1 ? "left" as const : "right" as const
  );
  const counts = [...new Set(results.map(({ records }) => records))].map(grouped).join(" or ");
  return [
    title,
    `${counts} orders, ${rounds === 1 ? "one round" : `medians of ${rounds} rounds`}`,
    "",
    table([head, ...rows], { align }),
    ...extras(workload, results),
  ].join("\n");
}

function speeds({ per_second, lowest, highest }: PeerResult): number[] {
  return [per_second, lowest, highest];
}

function waits({ per_second, acknowledged_ms }: PeerResult): (number | string)[] {
  const { p50, p95, p99, max } = acknowledged_ms!;
  return [per_second, ...[p50, p95, p99, max].map((ms) => ms.toFixed(1))];
}

/** What a reader cannot see from the speed. */
function extras(workload: BenchResult["workload"], results: readonly PeerResult[]): string[] {
  const lines = results.flatMap(({ name, handler_ms, longest_stall_ms }) => [
    ...(handler_ms === undefined ? [] : [
      `${name}: a handler took ${handler_ms} ms, so ${IN_FLIGHT} at once do ${
        grouped(Math.round(IN_FLIGHT / handler_ms * 1_000))
      }/s at most`,
    ]),
    ...(workload === "store" && longest_stall_ms !== undefined
      ? [`${name}: the event loop stood still for ${longest_stall_ms} ms at most`]
      : []),
  ]);
  return lines.length === 0 ? [] : ["", ...lines];
}

function bar(share: number, { unicode }: ReportLook): string {
  return (unicode ? "█" : "#").repeat(Math.max(1, Math.round(share * BAR_COLUMNS)));
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
