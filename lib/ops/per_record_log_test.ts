import assert from "node:assert/strict";
import { TestClock } from "../testing/test_clock.ts";
import type { Logger } from "./log.ts";
import { createPerRecordLog, type RecordLogMode } from "./per_record_log.ts";

function start(mode: RecordLogMode, enabled = true) {
  const clock = new TestClock();
  const lines: string[] = [];
  const silent = () => {};
  const log: Logger = {
    debug: silent,
    info: (message) => lines.push(message),
    warn: silent,
    error: silent,
    critical: silent,
    enabled: () => enabled,
  };
  const records = createPerRecordLog({ log, mode, clock, what: "messages delivered" });
  const write = (count: number) => {
    for (let index = 0; index < count; index++) records.record(() => `line ${index}`);
  };
  /** The lines since the last call. */
  const taken = () => lines.splice(0);
  return { clock, records, write, taken };
}

Deno.test("up to 100 records a second have their own lines", async () => {
  const { clock, write, taken } = start("auto");
  for (let second = 0; second < 3; second++) {
    write(100);
    await clock.advance(1000);
    assert.equal(taken().length, 100);
  }
  assert.equal(clock.pending, 0, "an idle log has no timer");
});

Deno.test("above 100 a second the rest is one line, and while it lasts one line is all", async () => {
  const { clock, write, taken } = start("auto");
  write(4412);
  await clock.advance(1000);
  const first = taken();
  assert.equal(first.length, 101);
  assert.equal(first.at(-1), "… and 4,312 more messages delivered in the last second");
  write(5000);
  await clock.advance(1000);
  assert.deepEqual(taken(), ["5,000 messages delivered in the last second"]);
});

Deno.test("when it gets slow again each record has its line again", async () => {
  const { clock, write, taken } = start("auto");
  write(500);
  await clock.advance(1000);
  write(20);
  await clock.advance(1000);
  taken();
  write(2);
  assert.deepEqual(taken(), ["line 0", "line 1"]);
});

Deno.test("close writes what is still counted", () => {
  const { clock, records, write, taken } = start("auto");
  write(103);
  taken();
  records.close();
  assert.deepEqual(taken(), ["… and 3 more messages delivered since the last line"]);
  assert.equal(clock.pending, 0);
});

Deno.test("always writes every line, never writes none, and a level that is off costs nothing", async () => {
  const always = start("always");
  always.write(300);
  assert.equal(always.taken().length, 300);
  for (const { clock, records, taken } of [start("never"), start("auto", false)]) {
    records.record(() => assert.fail("the message was made"));
    await clock.advance(5000);
    records.close();
    assert.deepEqual(taken(), []);
  }
});
