import assert from "node:assert/strict";
import { cut, duration, RateMeter, renderProgress } from "./progress.ts";

const view = {
  label: "orders",
  done: 3402,
  total: 5000,
  perSecond: 50.4,
  secondsLeft: 32,
  note: "2 rejected",
};

Deno.test("a bar has its share, count, rate, time left and note", () => {
  assert.equal(
    renderProgress(view, { columns: 100, unicode: true, bar: true }),
    "orders  █████████████░░░░░░░  68 %   3,402 / 5,000   50/s   32 s left   2 rejected",
  );
  assert.equal(
    renderProgress({ label: "orders", done: 1, total: 2 }, { columns: 30, unicode: false, bar: true }),
    "orders  ####----  50 %   1 / 2",
  );
});

Deno.test("without a total it is a counter, and a plain line has no bar", () => {
  const look = { columns: 100, unicode: true, bar: true };
  assert.equal(renderProgress({ label: "read", done: 12345, perSecond: 1.26 }, look), "read  12,345   1.3/s");
  assert.equal(renderProgress({ ...view, note: undefined }, { ...look, bar: false }).includes("█"), false);
});

Deno.test("the line never gets longer than it may be, and control characters do not reach the terminal", () => {
  for (let columns = 1; columns < 120; columns++) {
    const line = renderProgress({ ...view, note: "\x1b[2J\n" }, { columns, unicode: true, bar: true });
    assert.ok([...line].length <= columns, `${columns}: ${line}`);
    assert.ok(!/\p{Cc}/u.test(line));
  }
});

Deno.test("more than all, and nothing at all, are drawn too", () => {
  const look = { columns: 60, unicode: false, bar: true };
  assert.match(renderProgress({ label: "x", done: 7, total: 5 }, look), /^x {2}#+ {2}100 % {3}7 \/ 5$/);
  assert.equal(renderProgress({ label: "x", done: 0, total: 0 }, look), "x  0 / 0");
});

Deno.test("durations and cuts", () => {
  assert.deepEqual([4, 59.6, 125, 4230].map(duration), ["4 s", "1 min 0 s", "2 min 5 s", "1 h 10 min"]);
  assert.deepEqual([cut("abc", 3), cut("abcd", 3), cut("abcd", 0), cut("😀😀😀", 2)], [
    "abc",
    "ab…",
    "",
    "😀…",
  ]);
});

Deno.test("the rate is smoothed, and the time left is not foretold in the first seconds", () => {
  const meter = new RateMeter();
  meter.sample(0, 0);
  assert.equal(meter.perSecond, undefined);
  meter.sample(100, 1000);
  assert.equal(meter.perSecond, 100);
  assert.equal(meter.secondsLeft(1000), undefined);
  meter.sample(200, 2000);
  meter.sample(300, 3000);
  assert.equal(meter.secondsLeft(1000), 7);
  meter.sample(300, 4000);
  assert.ok((meter.perSecond ?? 0) > 50 && (meter.perSecond ?? 100) < 100);
  assert.equal(meter.secondsLeft(undefined), undefined);
});

Deno.test("the time left is not foretold while nothing moves", () => {
  const meter = new RateMeter();
  for (let second = 0; second <= 10; second++) meter.sample(second * 10, second * 1_000);
  assert.ok(meter.secondsLeft(1_000)! > 0);
  for (let second = 11; second <= 14; second++) meter.sample(100, second * 1_000);
  assert.equal(meter.secondsLeft(1_000), undefined);
});
