import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import Record from "kafkajs/src/protocol/recordBatch/record/v0/index.js";
import { RecordBatch } from "kafkajs/src/protocol/recordBatch/v0/index.js";
import Long from "kafkajs/src/utils/long.js";
import type { ProducerRecord } from "../core/record.ts";
import { encodeRecords, writeHeader } from "./record_batch.ts";

const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: "max" });
const recordOf = (maxBytes: number): fc.Arbitrary<ProducerRecord> =>
  fc.record({
    topic: fc.constant("orders"),
    partition: fc.constant(0),
    key: fc.option(bytes(200)),
    value: fc.option(bytes(maxBytes)),
    // Distinct names: kafkajs takes headers as an object, which keeps no order between repeats.
    headers: fc.uniqueArray(
      fc.tuple(fc.string({ unit: "grapheme" }).filter((name) => !/^\d+$/.test(name)), bytes(70)),
      {
        selector: ([name]) => name,
        maxLength: 4,
      },
    ),
  });
const header = fc.record({
  producerId: fc.bigInt({ min: -1n, max: 2n ** 62n }),
  producerEpoch: fc.integer({ min: 0, max: 32_767 }),
  firstSequence: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  timestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
});

Deno.test("a batch is byte for byte what kafkajs would write", async () => {
  const property = fc.asyncProperty(
    // Lengths and offsets take more bytes as they grow: few large records, and many small ones.
    fc.oneof(
      fc.array(recordOf(9_000), { minLength: 1, maxLength: 5 }),
      fc.array(recordOf(100), { minLength: 1, maxLength: 150, size: "max" }),
    ),
    header,
    async (records, facts) => {
      const ours = encodeRecords(records);
      writeHeader(ours, { ...facts, count: records.length, codec: 0 });
      assert.ok(ours.equals(await theirs(records, facts)));
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

interface Facts {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly timestamp: number;
}

async function theirs(records: readonly ProducerRecord[], facts: Facts): Promise<Buffer> {
  const { timestamp, producerId, producerEpoch, firstSequence } = facts;
  const batch = await RecordBatch({
    producerId: Long.fromValue(producerId.toString()),
    producerEpoch,
    firstSequence,
    firstTimestamp: timestamp,
    maxTimestamp: timestamp,
    lastOffsetDelta: records.length - 1,
    records: records.map(({ key, value, headers = [] }, offsetDelta) =>
      Record({
        offsetDelta,
        key: key && Buffer.from(key),
        value: value && Buffer.from(value),
        headers: Object.fromEntries(headers.map(([name, content]) => [name, Buffer.from(content)])),
      })
    ),
  });
  return batch.buffer;
}
