import assert from "node:assert/strict";
import { murmur2, partitionFor } from "./partitioner.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The values that Kafka's own Java tests hold (UtilsTest.testMurmur2). */
const JAVA: readonly (readonly [string, number])[] = [
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
];

Deno.test("murmur2() gives the values of Kafka's Java clients", () => {
  for (const [text, hash] of JAVA) assert.equal(murmur2(bytes(text)), hash, text);
});

Deno.test("a partition is never negative and always below the count", () => {
  for (const [text] of [...JAVA, ["", 0], ["ünïcødé 🎧", 0]] as const) {
    for (const count of [1, 2, 6, 97]) {
      const partition = partitionFor(bytes(text), count);
      assert.ok(partition >= 0 && partition < count);
    }
  }
  assert.equal(partitionFor(bytes("21"), 6), (-973932308 & 0x7fffffff) % 6);
});
