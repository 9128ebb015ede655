import assert from "node:assert/strict";
import { checkVersions, decodeMetadata, encodeRequest } from "./kafka_probe.ts";

type Part = number | { readonly short: number } | { readonly byte: number } | string | null;

/** int32 as numbers, int16 as `{short}`, int8 as `{byte}`, strings as Kafka writes them. */
function bytes(...parts: readonly Part[]): Uint8Array {
  const out: number[] = [];
  const int = (value: number, size: number) => {
    for (let i = size - 1; i >= 0; i--) out.push((value >> (8 * i)) & 0xff);
  };
  for (const part of parts) {
    if (part === null) int(-1, 2);
    else if (typeof part === "number") int(part, 4);
    else if (typeof part === "string") {
      int(part.length, 2);
      out.push(...new TextEncoder().encode(part));
    } else if ("byte" in part) int(part.byte, 1);
    else int(part.short, 2);
  }
  return Uint8Array.from(out);
}

Deno.test("the requests are what Kafka's protocol says, byte for byte", () => {
  assert.deepEqual(encodeRequest("versions"), bytes(10, { short: 18 }, { short: 0 }, 18, null));
  assert.deepEqual(encodeRequest("metadata"), bytes(14, { short: 3 }, { short: 2 }, 3, null, 0));
  const ofTopic = bytes(22, { short: 3 }, { short: 2 }, 3, null, 1, "orders");
  assert.deepEqual(encodeRequest("metadata", "orders"), ofTopic);
});

Deno.test("brokers, cluster and controller are read from a metadata answer", () => {
  const answer = bytes(3, 2, 1, "127.0.0.1", 9092, null, 3, "127.0.0.1", 9094, "rack", "AQEB", 3, 0);
  const expected = { brokers: [1, 3], clusterId: "AQEB", controller: 3, partitions: [] };
  assert.deepEqual(decodeMetadata(answer), expected);
});

Deno.test("who leads each partition, and who is in sync, are read by number", () => {
  const no = { short: 0 };
  const [second, first] = [[no, 1, -1, 2, 3, 1, 1, 3], [{ short: 5 }, 0, 2, 3, 1, 2, 3, 2, 1, 2]];
  const answer = bytes(3, 0, null, 1, 1, no, "orders", { byte: 0 }, 2, ...second, ...first);
  assert.deepEqual(decodeMetadata(answer).partitions, [
    { partition: 0, leader: 2, replicas: [1, 2, 3], inSync: [1, 2] },
    { partition: 1, leader: -1, replicas: [3, 1], inSync: [3] },
  ]);
});

Deno.test("a cluster without a controller yet is seen as such", () => {
  const expected = { brokers: [], clusterId: "", controller: -1, partitions: [] };
  assert.deepEqual(decodeMetadata(bytes(3, 0, null, -1, 0)), expected);
});

Deno.test("an error, another answer and something that is no Kafka are refused", () => {
  assert.throws(() => checkVersions(bytes(18, { short: 35 })), /error 35/);
  assert.throws(() => checkVersions(bytes(7, { short: 0 })), /another request/);
  assert.throws(() => decodeMetadata(bytes(7, 0)), /another request/);
  assert.throws(() => decodeMetadata(bytes(3, 5, 1)), RangeError);
});
