import assert from "node:assert/strict";
import { kafkaPerfResult } from "./kafka_perf.ts";

const WHOLE =
  "350000 records sent, 111111.111111 records/sec (9.54 MB/sec), 327.08 ms avg latency, 1126.00 ms max.";
const STEADY =
  "300000 steady state records sent, 150000.0 records/sec (13.33 MB/sec), 306.64 ms avg latency.";

Deno.test("of Kafka's own tool the time after its warm-up counts", () => {
  assert.deepEqual(kafkaPerfResult(`${WHOLE}\n${STEADY}\n`), { records: 300_000, ms: 2_000 });
});

Deno.test("without a warm-up all of it counts", () => {
  assert.equal(kafkaPerfResult(WHOLE).records, 350_000);
});

Deno.test("what is no result is shown", () => {
  assert.throws(() => kafkaPerfResult("Exception in thread main"), /Exception in thread main/);
});
