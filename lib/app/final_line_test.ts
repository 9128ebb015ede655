import assert from "node:assert/strict";
import { finalLine } from "./final_line.ts";

Deno.test("a run is told in one line, without what did not happen", () => {
  const none = { repeats: 0, skipped: 0, deadLettered: 0 };
  const quiet = { ...none, events: "orders", processed: 1_234, clean: true, seconds: 12.34 };
  assert.equal(finalLine(quiet), "1,234 orders processed in 12.3 s, all of it committed");
  assert.equal(
    finalLine({ ...quiet, repeats: 12, skipped: 1, deadLettered: 3, clean: false }),
    "1,234 orders processed, 12 of them known before, 1 skipped, 3 dead-lettered in 12.3 s, " +
      "not all of it committed: the rest comes again",
  );
});
