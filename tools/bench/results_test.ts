import assert from "node:assert/strict";
import { summarize } from "./results.ts";

const runs = (name: string, ...perSecond: number[]) => ({
  name,
  runs: perSecond.map((rate) => ({ records: rate, ms: 1_000 })),
});
const waits = (name: string, ...p50s: number[]) => ({
  name,
  runs: p50s.map((p50) => ({
    records: 100,
    ms: 50,
    acknowledgedMs: { p50, p95: p50 * 2, p99: p50 * 3, max: p50 * 9 },
  })),
});

Deno.test("a result is the median of the rounds with the slowest and the fastest, fastest peer first", () => {
  const { results } = summarize("produce", [runs("ours", 100, 900, 300), runs("kafkajs", 400, 500, 600)], {
    rounds: 3,
    missing: [],
  });
  assert.deepEqual(results, [
    { name: "kafkajs", per_second: 500, lowest: 400, highest: 600, records: 400 },
    { name: "ours", per_second: 300, lowest: 100, highest: 900, records: 100 },
  ]);
});

Deno.test("a ratio is our median by the peer's", () => {
  const { ratios, missing } = summarize("consume", [runs("ours", 100, 900, 300), runs("kafkajs", 400)], {
    rounds: 3,
    missing: ["python"],
  });
  assert.deepEqual(ratios, { kafkajs: 0.75 });
  assert.deepEqual(missing, ["python"]);
});

Deno.test("without ours there are no ratios", () => {
  const { ratios } = summarize("produce", [runs("kafkajs", 1)], { rounds: 1, missing: [] });
  assert.deepEqual(ratios, {});
});

Deno.test("latency is compared by the median acknowledgement, shortest first", () => {
  const result = summarize("latency", [waits("kafkajs", 20, 40, 30), waits("ours", 6, 5, 7)], {
    rounds: 3,
    missing: [],
  });
  assert.equal(result.ratio_of, "acknowledged_ms.p50");
  assert.deepEqual(result.results.map(({ name }) => name), ["ours", "kafkajs"]);
  assert.deepEqual(result.results[0]!.acknowledged_ms, { p50: 6, p95: 12, p99: 18, max: 54 });
  assert.deepEqual(result.ratios, { kafkajs: 0.2 });
});

Deno.test("a stall is the longest of all rounds", () => {
  const stalled = [12.34, 140.06, 3].map((longestStallMs) => ({ records: 1, ms: 1, longestStallMs }));
  const { results } = summarize("store", [{ name: "ours", runs: stalled }], { rounds: 3, missing: [] });
  assert.equal(results[0]!.longest_stall_ms, 140.1);
});
