import assert from "node:assert/strict";
import { HistogramValue, LabelledCounter, LabelledGauge, MAX_LABEL_VALUES } from "./metric_values.ts";

Deno.test("a label takes sixteen values; what comes after them is counted as other", () => {
  const counter = new LabelledCounter(["known"]);
  for (let index = 0; index < 40; index++) counter.inc(`reason-${index}`);
  counter.inc("other");
  const entries = counter.entries();
  assert.equal(entries.length, MAX_LABEL_VALUES + 1);
  assert.deepEqual(entries[0], ["known", 0]);
  assert.deepEqual(entries.at(-1), ["other", 40 - (MAX_LABEL_VALUES - 1) + 1]);
  assert.equal(counter.value, 41);
});

Deno.test("a gauge shows its first values and the rest as one sum, and forgets what is deleted", () => {
  const gauge = new LabelledGauge([], 2);
  for (let partition = 0; partition < 5; partition++) gauge.set(partition, 10);
  assert.deepEqual(gauge.entries(), [["0", 10], ["1", 10], ["other", 30]]);
  for (const partition of [0, 1, 2]) gauge.delete(partition);
  assert.deepEqual(gauge.entries(), [["3", 10], ["4", 10]]);
});

Deno.test("a duration is counted in the first bucket whose bound it does not exceed", () => {
  const histogram = new HistogramValue();
  for (const seconds of [0.005, 0.0051, 10, 11]) histogram.observe(seconds);
  assert.deepEqual([...histogram.counts], [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  assert.ok(Math.abs(histogram.sum - 21.0101) < 1e-9);
});

Deno.test("quantiles lie where the durations are", () => {
  const histogram = new HistogramValue();
  histogram.observe(0.02, 90);
  histogram.observe(2, 9);
  histogram.observe(60);
  const { count, avg, p50, p95, p99 } = histogram.summary();
  assert.equal(count, 100);
  assert.ok(Math.abs(avg - 0.798) < 1e-9);
  assert.ok(p50 > 0.01 && p50 <= 0.025);
  assert.ok(p95 > 1 && p95 <= 2.5);
  assert.ok(p99 > 1 && p99 <= 2.5);
});

Deno.test("a quantile is never above the longest duration, and 0 without any", () => {
  const histogram = new HistogramValue();
  assert.deepEqual(histogram.summary(), { count: 0, avg: 0, p50: 0, p95: 0, p99: 0 });
  histogram.observe(0.0301, 1000);
  assert.ok(histogram.summary().p99 <= 0.0301);
  histogram.observe(30);
  assert.ok(histogram.summary().p99 <= 30);
});

Deno.test("odd durations do no harm, and a histogram that is off counts nothing", () => {
  const histogram = new HistogramValue();
  histogram.observe(-1);
  histogram.observe(NaN);
  assert.deepEqual([histogram.count, histogram.sum], [1, 0]);
  const off = new HistogramValue(false);
  off.observe(1);
  assert.equal(off.count, 0);
});
