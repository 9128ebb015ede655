import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import Decoder from "kafkajs/src/protocol/decoder.js";
import RecordBatchDecoder from "kafkajs/src/protocol/recordBatch/v0/decoder.js";
import { keyHash } from "../core/key_hash.ts";
import { coordinates, type ProducerRecord } from "../core/record.ts";
import { crc32c } from "./crc32c.ts";
import { ATTRIBUTES_AT, CRC_AT, encodeRecords, HEADER_BYTES, writeHeader } from "./record_batch.ts";
import { type AbortedTransaction, readRecordBatches } from "./record_batch_reader.ts";

const PLACE = { topic: "orders", partition: 2 };
const TIME = 1_700_000_000_000;
const inflate = () => {
  throw new Error("nothing here is compressed");
};
async function read(bytes: Buffer, aborted: readonly AbortedTransaction[] = []) {
  const found = await readRecordBatches(bytes, PLACE, { aborted, inflate });
  if (found === undefined) return undefined;
  const records = found.read(0);
  assert.equal(records.length, found.count);
  return { records, nextOffset: found.nextOffset };
}

interface BatchFacts {
  readonly firstOffset?: number;
  readonly producerId?: bigint;
  readonly attributes?: number;
  /** Of the last record; beyond the records where compaction took some away. */
  readonly lastOffsetDelta?: number;
}

/** A batch as a broker has stored it. */
function batch(
  records: readonly Pick<ProducerRecord, "key" | "value" | "headers">[],
  facts: BatchFacts = {},
): Buffer {
  const { firstOffset = 0, producerId = -1n, attributes = 0, lastOffsetDelta = records.length - 1 } = facts;
  const bytes = encodeRecords(records.map((record) => ({ ...PLACE, ...record })));
  writeHeader(bytes, {
    count: records.length,
    producerId,
    producerEpoch: 0,
    firstSequence: 0,
    timestamp: TIME,
    codec: 0,
  });
  return stored(bytes, { firstOffset, attributes, lastOffsetDelta });
}

function stored(
  bytes: Buffer,
  { firstOffset, attributes, lastOffsetDelta }: Required<Omit<BatchFacts, "producerId">>,
): Buffer {
  bytes.writeBigInt64BE(BigInt(firstOffset), 0);
  bytes.writeInt16BE(attributes, ATTRIBUTES_AT);
  bytes.writeInt32BE(lastOffsetDelta, 23);
  bytes.writeUInt32BE(crc32c(bytes, ATTRIBUTES_AT), CRC_AT);
  return bytes;
}

const value = (text: string) => ({ key: null, value: Buffer.from(text) });
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** The record that ends a transaction: its key is a version and 0 for aborted, 1 for committed. */
const marker = (kind: 0 | 1, facts: BatchFacts) =>
  batch([{ key: Buffer.from([0, 0, 0, kind]), value: Buffer.alloc(6) }], {
    ...facts,
    attributes: TRANSACTIONAL | CONTROL,
  });

const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: "max" });
const anyRecord = (maxBytes: number) =>
  fc.record({
    key: fc.option(bytes(200)),
    value: fc.option(bytes(maxBytes)),
    // Distinct names, no numbers: kafkajs makes an object of headers.
    headers: fc.uniqueArray(
      fc.tuple(
        fc.string({ unit: "grapheme" }).filter((name) => !/^\d+$/.test(name) && !(name in {})),
        bytes(70),
      ),
      { selector: ([name]) => name, maxLength: 4 },
    ),
  });

Deno.test("records are read as kafkajs reads them, wherever the log is", async () => {
  const property = fc.asyncProperty(
    // Lengths and offsets take more bytes as they grow: few large records, and many small ones.
    fc.oneof(
      fc.array(fc.array(anyRecord(9_000), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.array(anyRecord(100), { minLength: 1, maxLength: 80, size: "max" }), {
        minLength: 1,
        maxLength: 4,
      }),
    ),
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1_000 }),
    async (batches, start) => {
      let firstOffset = start;
      const all = batches.map((records) => {
        const bytes = batch(records, { firstOffset });
        firstOffset += records.length;
        return bytes;
      });
      const ours = (await read(Buffer.concat(all)))!;
      const theirs =
        (await Promise.all(all.map(async (one) => (await RecordBatchDecoder(new Decoder(one))).records)))
          .flat();
      assert.equal(ours.nextOffset, firstOffset);
      assert.equal(ours.records.length, theirs.length);
      ours.records.forEach((record, index) => {
        const { offset, timestamp, key, value, headers } = theirs[index];
        assert.deepEqual(coordinates(record), `orders[2]@${offset}`);
        assert.equal(record.timestamp, Number(timestamp));
        assert.deepEqual([record.key, record.value], [key, value]);
        assert.equal(record.keyHash, key === null ? undefined : keyHash(key));
        assert.equal(record.dataBytes, (key?.length ?? 0) + (value?.length ?? 0));
        assert.deepEqual(Object.fromEntries(record.headers), { ...headers });
      });
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

Deno.test("headers keep their order and their repeats; one without a value is left out", async () => {
  const headers = [["a", "1"], ["b", ""], ["a", "2"]].map(([name, text]) =>
    [name!, Buffer.from(text!)] as const
  );
  const { records } = (await read(batch([{ ...value("v"), headers }])))!;
  assert.deepEqual(records[0]!.headers.map(([name, content]) => [name, content.toString()]), [
    ["a", "1"],
    ["b", ""],
    ["a", "2"],
  ]);
  const absent = batch([{ ...value("v"), headers: [["name", Buffer.alloc(0)]] }]);
  absent[absent.length - 1] = 1; // the length 0 becomes -1
  stored(absent, { firstOffset: 0, attributes: 0, lastOffsetDelta: 0 });
  assert.deepEqual((await read(absent))!.records[0]!.headers, []);
});

Deno.test("a last batch that is cut off anywhere is left out, and nothing whole is no answer", async () => {
  const [first, last] = [batch([value("first")]), batch([value("last")], { firstOffset: 1 })];
  for (let length = 0; length < last.length; length++) {
    const { records, nextOffset } = (await read(Buffer.concat([first, last.subarray(0, length)])))!;
    assert.deepEqual([records.length, nextOffset], [1, 1]);
    assert.equal(await read(last.subarray(0, length)), undefined);
  }
});

Deno.test("a bit that has flipped is noticed wherever the checksum reaches, and says where", async () => {
  const good = batch([value("good")], { firstOffset: 17 });
  for (let at = CRC_AT; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << at % 8;
    await assert.rejects(read(bad), /the record batch at orders\[2\]@17 does not match its checksum/);
  }
});

Deno.test("what stands before a batch that cannot be read is read, and the next fetch tells of the batch", async () => {
  const [good, bad, behind] = [0, 1, 2].map((firstOffset) =>
    batch([value("x")], { firstOffset })
  ) as Buffer[];
  bad![bad!.length - 1]! ^= 1;
  const { records, nextOffset } = (await read(Buffer.concat([good!, bad!, behind!])))!;
  assert.deepEqual([records.map(({ offset }) => offset), nextOffset], [[0], 1]);
  await assert.rejects(read(Buffer.concat([bad!, behind!])), /at orders\[2\]@1 does not match its checksum/);
});

Deno.test("a message of an old format is refused also where it is shorter than a batch's header", async () => {
  const old = Buffer.alloc(40);
  old.writeInt32BE(old.length - 12, 8);
  old[16] = 1;
  await assert.rejects(read(old), /are of format 1/);
});

Deno.test("records that do not fit into their batch are refused, whatever the checksum says", async () => {
  const good = batch([value("good")]);
  const longer = Buffer.from(good);
  longer[HEADER_BYTES] = 126;
  stored(longer, { firstOffset: 0, attributes: 0, lastOffsetDelta: 0 });
  await assert.rejects(read(longer), /does not end where it should/);
  const tooMany = Buffer.from(good);
  tooMany.writeInt32BE(2, 57);
  stored(tooMany, { firstOffset: 0, attributes: 0, lastOffsetDelta: 1 });
  await assert.rejects(read(tooMany), /does not end where it should/);
  const old = Buffer.from(good);
  old[16] = 1;
  await assert.rejects(read(old), /are of format 1, which clients of before Kafka 0.11 wrote/);
});

Deno.test("what compaction took away and what are only markers is read over", async () => {
  const compacted = batch([value("left")], { firstOffset: 10, lastOffsetDelta: 6 });
  assert.deepEqual(await offsets(compacted), { offsets: [10], nextOffset: 17 });
  assert.deepEqual(await offsets(marker(1, { firstOffset: 17, producerId: 3n })), {
    offsets: [],
    nextOffset: 18,
  });
});

Deno.test("records of transactions that were given up are left out, and no others", async () => {
  const of = (producerId: bigint, firstOffset: number, attributes = TRANSACTIONAL) =>
    batch([value("x")], { producerId, firstOffset, attributes });
  const log = Buffer.concat([
    of(1n, 0), // given up
    of(2n, 1), // given up as well, begun before this fetch
    of(3n, 2), // committed
    of(1n, 3, 0), // outside of any transaction
    marker(0, { producerId: 1n, firstOffset: 4 }),
    of(1n, 5), // its next transaction
    of(2n, 6),
    marker(0, { producerId: 2n, firstOffset: 7 }),
    marker(1, { producerId: 1n, firstOffset: 8 }),
    marker(1, { producerId: 3n, firstOffset: 9 }),
  ]);
  const aborted = [{ producerId: 1n, firstOffset: 0 }, { producerId: 2n, firstOffset: 0 }];
  assert.deepEqual(await offsets(log, aborted), { offsets: [2, 3, 5], nextOffset: 10 });
});

Deno.test("compressed records are unpacked, and the broker's time is theirs where the topic wants it", async () => {
  const plain = batch([value("a"), value("b")]);
  const packed = Buffer.concat([plain.subarray(0, HEADER_BYTES), gzipSync(plain.subarray(HEADER_BYTES))]);
  packed.writeInt32BE(packed.length - 12, 8);
  packed.writeBigInt64BE(BigInt(TIME + 5_000), 35);
  stored(packed, { firstOffset: 4, attributes: 0x08 | 1, lastOffsetDelta: 1 });
  const { records } = await unpack(packed);
  assert.deepEqual(records.map(({ offset, timestamp, value }) => [offset, timestamp, String(value)]), [
    [4, TIME + 5_000, "a"],
    [5, TIME + 5_000, "b"],
  ]);
});

Deno.test("a batch that cannot be unpacked is named, with what it is packed with and what to do", async () => {
  const packed = batch([value("a")], { firstOffset: 4, attributes: 3 });
  const inflate = () => {
    throw new Error("LZ4 compression not implemented");
  };
  await assert.rejects(readRecordBatches(packed, PLACE, { aborted: [], inflate }), {
    name: "UnreadableBatch",
    retriable: false,
    message: /orders\[2\]@4 is compressed with lz4 and cannot be unpacked: LZ4 .* reads gzip/,
  });
});

async function unpack(packed: Buffer) {
  const inflate = (codec: number, bytes: Buffer) => {
    assert.equal(codec, 1);
    return gunzipSync(bytes);
  };
  return { records: (await readRecordBatches(packed, PLACE, { aborted: [], inflate }))!.read(0) };
}

Deno.test("what lies before the offset that was asked for is left out, as often as it is read", async () => {
  const found = await readRecordBatches(
    batch([value("a"), value("b"), value("c")], { firstOffset: 4 }),
    PLACE,
    {
      aborted: [],
      inflate,
    },
  );
  for (const from of [5, 6, 5, 9]) {
    assert.deepEqual(
      found!.read(from).map(({ offset }) => offset),
      [4, 5, 6].filter((offset) => offset >= from),
    );
  }
});

async function offsets(bytes: Buffer, aborted: readonly AbortedTransaction[] = []) {
  const { records, nextOffset } = (await read(bytes, aborted))!;
  return { offsets: records.map(({ offset }) => offset), nextOffset };
}
