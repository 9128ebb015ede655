import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fetch from "kafkajs/src/protocol/requests/fetch/index.js";
import { encodeRecords, writeHeader } from "./record_batch.ts";
import { inOnePass } from "./fetch_response.ts";

const int = (bytes: 1 | 2 | 4 | 8, value: number) => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigInt64BE(BigInt(value));
  else buffer.writeIntBE(value, 0, bytes);
  return buffer;
};
const text = (value: string) => Buffer.concat([int(2, value.length), Buffer.from(value)]);

function recordsOf(...values: readonly string[]): Buffer {
  const place = { topic: "orders", partition: 3 };
  const bytes = encodeRecords(values.map((value) => ({ ...place, key: null, value: Buffer.from(value) })));
  writeHeader(bytes, {
    count: values.length,
    producerId: -1n,
    producerEpoch: -1,
    firstSequence: -1,
    timestamp: 0,
    codec: 0,
  });
  return bytes;
}

interface Answered {
  readonly partition: number;
  readonly errorCode?: number;
  readonly aborted?: number;
  readonly records: Buffer | null;
}

/** An answer as a broker writes it in this version. */
function answer(version: number, partitions: readonly Answered[]): Buffer {
  return Buffer.concat([
    int(4, 250), // throttled for so long
    ...version >= 7 ? [int(2, 0), int(4, 77)] : [],
    int(4, 1),
    text("orders"),
    int(4, partitions.length),
    ...partitions.flatMap(({ partition, errorCode = 0, aborted = 0, records }) => [
      int(4, partition),
      int(2, errorCode),
      int(8, 900), // the high watermark
      int(8, 800), // the last stable offset
      ...version >= 5 ? [int(8, 7)] : [],
      int(4, aborted === 0 ? -1 : aborted),
      ...Array.from({ length: aborted }, (_, index) => Buffer.concat([int(8, 4_000 + index), int(8, index)])),
      ...version >= 11 ? [int(4, -1)] : [],
      ...records === null ? [int(4, -1)] : [int(4, records.length), records],
    ]),
  ]);
}

// deno-lint-ignore no-explicit-any -- kafkajs' inner modules carry no types
type Inner = any;
const VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11];
const decoders = (version: number) =>
  [inOnePass(fetch.protocol({ version })), fetch.protocol({ version })].map((make) =>
    make({ maxWaitTime: 1, minBytes: 1, maxBytes: 1, topics: [] }).response
  );

Deno.test("answers of every version are read as kafkajs reads them, but for the records", async () => {
  for (const version of VERSIONS) {
    const bytes = answer(version, [
      { partition: 0, records: null },
      { partition: 1, records: Buffer.alloc(0), aborted: 2 },
      { partition: 3, records: recordsOf("a", "b") },
    ]);
    const [ours, theirs]: Inner[] = await Promise.all(decoders(version).map(({ decode }) => decode(bytes)));
    const messages = ours.responses[0].partitions.map(({ messages }: Inner) => messages);
    assert.deepEqual(messages.map(({ length }: Inner) => length), [0, 0, 1], `version ${version}`);
    assert.deepEqual(
      messages[2][0].read(0).map(({ value }: Inner) => String(value)),
      ["a", "b"],
    );
    for (const { responses } of [ours, theirs]) {
      for (const one of responses[0].partitions) {
        delete one.messages;
        delete one.abortedTransactions; // heeded already
      }
    }
    assert.deepEqual(ours, theirs, `version ${version}`);
  }
});

Deno.test("what a broker says is wrong with a partition reaches kafkajs in every version", async () => {
  for (const version of VERSIONS) {
    const response = decoders(version)[0];
    const parsed = async (errorCode: number) =>
      response.parse(await response.decode(answer(version, [{ partition: 3, errorCode, records: null }])));
    await assert.rejects(parsed(1), { name: "KafkaJSOffsetOutOfRange", partition: 3 });
    await assert.rejects(parsed(6), { type: "NOT_LEADER_FOR_PARTITION" });
  }
});

Deno.test("records that cannot be read are told to whoever wants them, and those of other partitions are there", async () => {
  const hurt = recordsOf("a");
  hurt[hurt.length - 2]! ^= 1;
  const { decode } = decoders(11)[0];
  const { responses } = await decode(
    answer(11, [{ partition: 0, records: hurt }, { partition: 1, records: recordsOf("b") }]),
  );
  const [unreadable, good] = responses[0].partitions.map(({ messages }: Inner) => messages[0]);
  assert.throws(() => unreadable.read(0), {
    retriable: false,
    message: /orders\[0\]@0 does not match its checksum/,
  });
  assert.equal(good.read(0).length, 1);
});
