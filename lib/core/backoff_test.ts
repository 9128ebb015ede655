import assert from "node:assert/strict";
import { backoffMs, RETRY_BACKOFF } from "./backoff.ts";

Deno.test("backoff doubles from the first wait and stops at the longest", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 1_000].map((failures) => backoffMs(failures, RETRY_BACKOFF, () => 0));
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

Deno.test("jitter only ever makes a wait longer, by a fifth at most", () => {
  assert.equal(backoffMs(1, RETRY_BACKOFF, () => 0.999999), 1_200);
  assert.equal(backoffMs(9, RETRY_BACKOFF, () => 0.5), 33_000);
});
