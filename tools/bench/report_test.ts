import assert from "node:assert/strict";
import { report } from "./report.ts";
import type { BenchResult } from "./results.ts";

const speed = (name: string, per_second: number) => ({
  name,
  per_second,
  lowest: per_second - 10,
  highest: per_second + 10,
  records: 300_000,
});
const PRODUCE: BenchResult = {
  workload: "produce",
  rounds: 5,
  results: [speed("ours", 200_000), speed("kafkajs", 50_000)],
  ratio_of: "per_second",
  ratios: { kafkajs: 4 },
  missing: [],
};
const options = { title: "produce", labels: { kafkajs: "kafkajs, send of 1,000" }, look: { unicode: true } };

Deno.test("the table names everybody with the speed, the ratio and a bar as long as the speed", () => {
  assert.equal(
    report(PRODUCE, options),
    [
      "produce",
      "300,000 orders, medians of 5 rounds",
      "",
      "                        ORDERS/S  SLOWEST  FASTEST  OURS IS",
      "ours                     200,000  199,990  200,010           ████████████████",
      "kafkajs, send of 1,000    50,000   49,990   50,010   4.00 ×  ████",
    ].join("\n"),
  );
});

Deno.test("where the rate is given the bars are of the wait", () => {
  const waiting = (name: string, p50: number) => ({
    ...speed(name, 2_000),
    acknowledged_ms: { p50, p95: 10, p99: 20.25, max: 31 },
  });
  const text = report({
    ...PRODUCE,
    workload: "latency",
    results: [waiting("ours", 4), waiting("kafkajs", 8)],
    ratio_of: "acknowledged_ms.p50",
    ratios: { kafkajs: 0.5 },
  }, { ...options, look: { unicode: false } });
  const [ours, kafkajs] = text.split("\n").slice(4);
  assert.match(ours!, /^ours +2,000 +4\.0 +10\.0 +20\.3 +31\.0 +########$/);
  assert.match(kafkajs!, /8\.0 .* 0\.50 × +################$/);
});

Deno.test("a report fits a screen of 80 columns", () => {
  const labels = { kafkajs: "a label that is as long as a label may be" };
  for (const line of report(PRODUCE, { ...options, labels }).split("\n").slice(3)) {
    assert.ok(line.length <= 80, line);
  }
});

Deno.test("what a handler took and how long the event loop stood still is said below", () => {
  const ours = { ...speed("ours", 20_000), handler_ms: 10.4, longest_stall_ms: 33.2 };
  assert.match(
    report({ ...PRODUCE, workload: "handler", results: [ours] }, options),
    /ours: a handler took 10.4 ms, so 256 at once do 24,615\/s at most$/,
  );
  assert.match(
    report({ ...PRODUCE, workload: "store", results: [ours] }, options),
    /stood still for 33.2 ms at most$/,
  );
});
