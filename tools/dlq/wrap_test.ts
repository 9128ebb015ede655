import assert from "node:assert/strict";
import { wrap } from "./wrap.ts";

Deno.test("lines break at blanks, long words anywhere, and nothing is left out", () => {
  assert.deepEqual(wrap("quantity must be at least 1", 12), ["quantity", "must be at", "least 1"]);
  assert.deepEqual(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
  assert.deepEqual(wrap("fits", 4), ["fits"]);
  assert.deepEqual(wrap("", 4), [""]);
  const text = "é".repeat(50) + " " + "word ".repeat(40) + "end";
  const lines = wrap(text, 17);
  assert.ok(lines.every((line) => [...line].length <= 17));
  assert.equal(lines.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
});
