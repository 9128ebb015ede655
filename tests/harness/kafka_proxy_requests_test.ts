import assert from "node:assert/strict";
import { parseRequest } from "./kafka_proxy_requests.ts";
import {
  bytes,
  compact,
  int16,
  int32,
  int64,
  list,
  recordBatch,
  requestHeader,
  text,
} from "./kafka_test_bytes.ts";
import { WireError } from "./kafka_proxy_wire.ts";

const batch = recordBatch({ records: 3, baseSequence: 40 });
const stored = { records: 3, producerId: 4_001, baseSequence: 40, batch };

function produceV7(): Uint8Array {
  const partition = (id: number) => bytes(int32(id), int32(batch.length), batch);
  const topics = list(
    bytes(text("orders"), list(partition(0), partition(5))),
    bytes(text("audit"), list(partition(1))),
  );
  return bytes(requestHeader(0, 7), text(null), int16(-1), int32(30_000), topics);
}

Deno.test("the header of any request is read, also of one that is not looked into", () => {
  const heartbeat = bytes(requestHeader(12, 3), 9, 9, 9);
  assert.deepEqual(parseRequest(heartbeat), {
    apiKey: 12,
    apiName: "Heartbeat",
    apiVersion: 3,
    correlationId: 77,
    clientId: "shop",
    sizeBytes: heartbeat.length,
  });
  assert.equal(parseRequest(bytes(int16(75), int16(0), int32(1), text(null))).apiName, "75");
});

Deno.test("a Produce request tells topic, partition, record count and sequence, in every version from 3 to 8", () => {
  for (let version = 3; version <= 8; version++) {
    const request = produceV7();
    request[3] = version;
    assert.deepEqual(parseRequest(request).produce, {
      acks: -1,
      topics: [
        { topic: "orders", partitions: [{ partition: 0, ...stored }, { partition: 5, ...stored }] },
        { topic: "audit", partitions: [{ partition: 1, ...stored }] },
      ],
    });
  }
});

Deno.test("a Produce request with compact types tells the same", () => {
  const partition = bytes(int32(5), batch.length + 1, batch, 0);
  const topic = bytes(compact("orders"), 2, partition, 0);
  const request = bytes(requestHeader(0, 9), 0, compact(null), int16(1), int32(30_000), 2, topic, 0);
  assert.deepEqual(parseRequest(request).produce, {
    acks: 1,
    topics: [{ topic: "orders", partitions: [{ partition: 5, ...stored }] }],
  });
});

Deno.test("a Produce request cut short anywhere in its body is a WireError, never a wrong reading", () => {
  const whole = produceV7();
  const headerEnds = requestHeader(0, 7).length;
  for (let length = headerEnds; length < whole.length; length++) {
    assert.throws(() => parseRequest(whole.subarray(0, length)), WireError);
  }
});

Deno.test("an OffsetCommit request tells who commits what, in every version from 2 to 7", () => {
  for (let version = 2; version <= 7; version++) {
    const partition = (id: number, offset: number, metadata: string | null) =>
      bytes(int32(id), int64(offset), ...(version >= 6 ? [int32(9)] : []), text(metadata));
    const request = bytes(
      requestHeader(8, version),
      text("shop-group"),
      int32(12),
      text("member-1"),
      ...(version >= 7 ? [text(null)] : []),
      ...(version <= 4 ? [int64(-1)] : []),
      list(bytes(text("orders"), list(partition(0, 17, "done:3"), partition(4, 2 ** 40, null)))),
    );
    assert.deepEqual(parseRequest(request).offsetCommit, {
      group: "shop-group",
      generation: 12,
      member: "member-1",
      offsets: [
        { topic: "orders", partition: 0, offset: 17, metadata: "done:3" },
        { topic: "orders", partition: 4, offset: 2 ** 40, metadata: null },
      ],
    });
  }
});
