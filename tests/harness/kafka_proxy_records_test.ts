import assert from "node:assert/strict";
import { encodeRecords, writeHeader } from "../../lib/kafka/record_batch.ts";
import type { ProducerRecord } from "../../lib/core/record.ts";
import { recordHeaders } from "./kafka_proxy_records.ts";
import { WireError } from "./kafka_proxy_wire.ts";

const utf8 = new TextEncoder();
const record = (headers: Readonly<Record<string, string>>, value: Uint8Array | null): ProducerRecord => ({
  topic: "orders-dlq",
  partition: 0,
  key: utf8.encode("user-1"),
  value,
  headers: Object.entries(headers).map(([name, content]) => [name, utf8.encode(content)]),
});

function batchOf(records: readonly ProducerRecord[], codec = 0): Uint8Array {
  const batch = encodeRecords(records);
  writeHeader(batch, {
    count: records.length,
    codec,
    timestamp: 1_700_000_000_000,
    producerId: 7n,
    producerEpoch: 0,
    firstSequence: 3,
  });
  return batch;
}

Deno.test("the headers of a batch's records are read, whatever stands between them", () => {
  const headers = [{ "dlq.reason": "invalid", "dlq.error": "café, not coffee" }, {}, { n: "3" }];
  const values = [new Uint8Array(70_000), null, utf8.encode("short")];
  const batch = batchOf(headers.map((one, index) => record(one, values[index]!)));
  assert.deepEqual(recordHeaders(batch).map((one) => Object.fromEntries(one)), headers);
});

Deno.test("compressed records are not guessed at, and cut ones are no records", () => {
  const records = [record({ n: "1" }, utf8.encode("value"))];
  assert.throws(() => recordHeaders(batchOf(records, 1)), WireError);
  assert.throws(() => recordHeaders(batchOf(records).subarray(0, -1)), WireError);
});
