import assert from "node:assert/strict";
import {
  createConsumerMetrics,
  createProducerMetrics,
  type MetricsSummary,
  summaryLine,
  summaryLines,
} from "./metrics.ts";
import {
  CONSUMER_METRICS,
  type MetricDefinition,
  PRODUCER_METRICS,
  renderMetricsTable,
} from "./metrics_table.ts";

const options = { enabled: true, clock: { now: () => 1_700_000_000_000 }, residentMemory: () => 123 };

/** Series and values of a text in Prometheus' format. */
function series(text: string): Map<string, number> {
  return new Map(
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

/** What the text says of each metric that has a summary name: labels added up, a histogram by its count. */
function bySummaryName(text: string, definitions: readonly MetricDefinition[]): Record<string, number> {
  const values = [...series(text)];
  const numbers: Record<string, number> = {};
  for (const { name, type, summaryName } of definitions) {
    if (summaryName === undefined) continue;
    const wanted = type === "histogram" ? `${name}_count` : name;
    numbers[summaryName] = values.filter(([key]) => key.split("{")[0] === wanted)
      .reduce((sum, [, value]) => sum + value, 0);
  }
  return numbers;
}

function counts(summary: MetricsSummary): Record<string, number> {
  return Object.fromEntries(
    Object.entries(summary).map(([name, value]) => [name, typeof value === "number" ? value : value.count]),
  );
}

Deno.test("the producer's summary and /metrics say the same, and sent is success, failed and in flight", async () => {
  const metrics = createProducerMetrics(options);
  metrics.messagesSent.inc(10);
  metrics.deliverySuccess.inc(6);
  metrics.deliveryFailed.inc(1);
  metrics.sendErrors.inc(2);
  metrics.sendLatency.observe(0.02, 6);
  const text = await metrics.text();
  assert.deepEqual(counts(metrics.summary()), {
    "producer.messages_sent": 10,
    "producer.delivery_success": 6,
    "producer.delivery_failed": 1,
    "producer.send_latency": 6,
    "producer.send_errors": 2,
  });
  assert.deepEqual(counts(metrics.summary()), bySummaryName(text, Object.values(PRODUCER_METRICS)));
  assert.equal(series(text).get("orderline_producer_messages_in_flight"), 3);
  assert.equal(metrics.messagesInFlight(), 3);
});

Deno.test("the consumer's summary and /metrics say the same", async () => {
  const metrics = createConsumerMetrics(options);
  metrics.messagesProcessed.inc(5);
  metrics.processingLatency.observe(0.3);
  metrics.processingErrors.inc("refused", 2);
  metrics.processingErrors.inc("order-id-conflict");
  metrics.dlqSent.child("order-id-conflict").inc();
  metrics.breakerOpened.inc();
  metrics.commits.inc(4);
  metrics.messagesSkipped.inc(3);
  metrics.retries.inc(7);
  metrics.repeats.inc(2);
  const text = await metrics.text();
  assert.deepEqual(counts(metrics.summary()), {
    "consumer.messages_processed": 5,
    "consumer.processing_latency": 1,
    "consumer.processing_errors": 3,
    "consumer.dlq_sent": 1,
    "consumer.circuit_breaker_open": 1,
    "consumer.commits": 4,
    "consumer.messages_skipped": 3,
    "consumer.retries": 7,
    "consumer.repeats": 2,
  });
  assert.deepEqual(counts(metrics.summary()), bySummaryName(text, Object.values(CONSUMER_METRICS)));
  const found = series(text);
  assert.equal(found.get('orderline_consumer_dlq_sent_total{reason="order-id-conflict"}'), 1);
  assert.equal(found.get('orderline_consumer_processing_latency_seconds_bucket{le="0.25"}'), 0);
  assert.equal(found.get('orderline_consumer_processing_latency_seconds_bucket{le="0.5"}'), 1);
  assert.equal(found.get('orderline_consumer_processing_latency_seconds_bucket{le="+Inf"}'), 1);
  assert.equal(found.get("orderline_consumer_processing_latency_seconds_sum"), 0.3);
});

Deno.test("every series but a partition's lag exists from the start, at 0", async () => {
  const text = `${await createProducerMetrics(options).text()}${await createConsumerMetrics(options).text()}`;
  const found = series(text);
  for (const { name } of [...Object.values(PRODUCER_METRICS), ...Object.values(CONSUMER_METRICS)]) {
    assert.ok(text.includes(`# TYPE ${name} `), name);
    const one = [...found.keys()].some((key) => key.startsWith(name));
    assert.equal(one, name !== "orderline_consumer_lag_records", name);
  }
  assert.equal(found.get('orderline_consumer_dlq_sent_total{reason="invalid"}'), 0);
  assert.equal(found.get('orderline_consumer_circuit_breaker_state{state="closed"}'), 1);
  assert.equal(found.get("process_resident_memory_bytes"), 123);
  assert.equal(found.get("process_start_time_seconds"), 1_700_000_000);
});

Deno.test("the breaker has one state, a partition that is gone has no lag, and asking twice changes nothing", async () => {
  const metrics = createConsumerMetrics(options);
  metrics.setBreakerState("half_open");
  metrics.lag.set(0, 5);
  metrics.lag.set(1, 6);
  metrics.pausedPartitions.set("room", 2);
  await metrics.text();
  metrics.lag.delete(0);
  const found = series(await metrics.text());
  const states = ["closed", "open", "half_open"];
  assert.deepEqual(
    states.map((state) => found.get(`orderline_consumer_circuit_breaker_state{state="${state}"}`)),
    [0, 0, 1],
  );
  assert.equal(found.has('orderline_consumer_lag_records{partition="0"}'), false);
  assert.equal(found.get('orderline_consumer_lag_records{partition="1"}'), 6);
  assert.equal(found.get('orderline_consumer_paused_partitions{reason="room"}'), 2);
});

Deno.test("switched off, counters count and timings do not", () => {
  const metrics = createProducerMetrics({ ...options, enabled: false });
  metrics.messagesSent.inc(2);
  metrics.sendLatency.observe(1);
  assert.equal(metrics.sendLatency.count, 0);
  assert.equal(
    summaryLine(metrics.summary()),
    "producer.messages_sent=2 producer.delivery_success=0 producer.delivery_failed=0 producer.send_errors=0",
  );
  assert.equal(metrics.summary()["producer.send_latency"], undefined);
});

Deno.test("the number of series stays small whatever is counted", async () => {
  const metrics = createConsumerMetrics(options);
  for (let index = 0; index < 1000; index++) {
    metrics.processingErrors.inc(`error ${index}`);
    metrics.dlqSent.inc(`reason ${index}`);
    metrics.lag.set(index, 1);
  }
  const found = series(await metrics.text());
  assert.ok(found.size < 200, `${found.size} series`);
  assert.equal(found.get('orderline_consumer_lag_records{partition="other"}'), 936);
});

Deno.test("the lines of a summary are for people", () => {
  const metrics = createProducerMetrics(options);
  metrics.messagesSent.inc(12345);
  metrics.sendLatency.observe(0.004);
  const lines = summaryLines(metrics.summary());
  assert.equal(lines[0], "producer.messages_sent: 12,345");
  assert.match(lines.join("\n"), /producer\.send_latency: p50 \d\.\d ms, p95 .* avg 4\.0 ms/);
});

Deno.test("the documentation has every metric", () => {
  const table = renderMetricsTable();
  for (const { name } of [...Object.values(PRODUCER_METRICS), ...Object.values(CONSUMER_METRICS)]) {
    assert.ok(table.includes(`| \`${name}\` |`), name);
  }
});
