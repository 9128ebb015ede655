import assert from "node:assert/strict";
import { keyHash } from "./key_hash.ts";

const utf8 = new TextEncoder();

Deno.test("a key has its number wherever it lies, from 0 on and below 2^31", () => {
  const inside = utf8.encode("xxalicexx");
  assert.equal(keyHash(inside, 2, 7), keyHash(utf8.encode("alice")));
  for (const key of ["", "a", "alice", "käthe", "x".repeat(1_000)]) {
    const hash = keyHash(utf8.encode(key));
    assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 31, key);
  }
});

Deno.test("keys that look alike have numbers of their own", () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `customer-${index}`);
  assert.equal(new Set(keys.map((key) => keyHash(utf8.encode(key)))).size, keys.length);
});
