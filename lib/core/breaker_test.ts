import assert from "node:assert/strict";
import fc from "fast-check";
import { Breaker, type Permit, type Verdict } from "./breaker.ts";

const OPTIONS = { failureThreshold: 5, resetMs: 60_000 };

function fail(
  breaker: Breaker,
  times: number,
  now: number,
  subject = (turn: number) => `orders[0]@${turn}`,
): void {
  for (let turn = 0; turn < times; turn++) {
    const permit = breaker.acquire(now);
    assert.ok(permit);
    breaker.report(permit, "failure", subject(turn), now);
  }
}

Deno.test("a breaker opens at the fifth failure in a row, not at the fourth", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  fail(breaker, 4, 0);
  assert.equal(breaker.state, "closed");
  fail(breaker, 1, 0);
  assert.equal(breaker.state, "open");
  assert.equal(breaker.acquire(59_999), undefined);
  assert.equal(breaker.waitMs(10_000), 50_000);
});

Deno.test("a success in between starts the count again, and a neutral verdict does not", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  fail(breaker, 4, 0);
  breaker.report(breaker.acquire(1)!, "success", "a", 1);
  fail(breaker, 4, 2);
  breaker.report(breaker.acquire(3)!, "neutral", "b", 3);
  assert.equal(breaker.state, "closed");
  fail(breaker, 1, 4);
  assert.equal(breaker.state, "open");
});

Deno.test("one record that always fails does not open the breaker, a second one does", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  fail(breaker, 20, 0, () => "orders[0]@7");
  assert.equal(breaker.state, "closed");
  fail(breaker, 1, 0, () => "orders[1]@3");
  assert.equal(breaker.state, "open");
});

Deno.test("a dependency that says that it is down opens the breaker, though a single record asks it", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  for (let turn = 0; turn < 5; turn++) {
    breaker.report(breaker.acquire(turn)!, "unavailable", "orders[0]@7", turn);
  }
  assert.equal(breaker.state, "open");
});

Deno.test("failures that started before the last success do not count: one blip with many calls in flight is not a row", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  const early = Array.from({ length: 8 }, () => breaker.acquire(0)!);
  breaker.report(breaker.acquire(5)!, "success", "x", 6);
  early.forEach((permit, turn) => breaker.report(permit, "failure", `orders[0]@${turn}`, 7));
  assert.equal(breaker.state, "closed");
});

Deno.test("half open permits exactly one probe: success closes, failure opens again, neutral hands the permit on", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  fail(breaker, 5, 0);
  const first = breaker.acquire(60_000)!;
  assert.equal(first.probe, true);
  assert.equal(breaker.state, "half_open");
  assert.equal(breaker.acquire(60_001), undefined);
  breaker.report(first, "neutral", "a", 60_002);
  const second = breaker.acquire(60_003)!;
  breaker.report(second, "failure", "b", 60_004);
  assert.equal(breaker.state, "open");
  assert.equal(breaker.openings, 2);
  assert.equal(breaker.acquire(60_005), undefined);
  breaker.report(breaker.acquire(120_004)!, "success", "c", 120_005);
  assert.equal(breaker.state, "closed");
});

Deno.test("failures that had started before the probe do not open a breaker that has just closed", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  const early = Array.from({ length: 8 }, () => breaker.acquire(0)!);
  fail(breaker, 5, 1);
  breaker.report(breaker.acquire(60_001)!, "success", "probe", 60_002);
  early.forEach((permit, turn) => breaker.report(permit, "failure", `orders[0]@${turn}`, 60_003));
  assert.equal(breaker.state, "closed");
});

Deno.test("the open time is never shorter than promised, and at most a tenth longer", () => {
  for (const chance of [0, 0.5, 0.999]) {
    const breaker = new Breaker(OPTIONS, () => chance);
    fail(breaker, 5, 0);
    assert.equal(breaker.acquire(59_999), undefined);
    assert.ok(breaker.acquire(66_000));
  }
});

Deno.test("whatever is reported in whatever order, no permit leaks and at most one probe is out", () => {
  const step = fc.record({
    ms: fc.nat(40_000),
    take: fc.boolean(),
    verdict: fc.constantFrom<Verdict>("success", "failure", "unavailable", "neutral"),
    which: fc.nat(9),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const breaker = new Breaker(OPTIONS, () => 0.5);
    const out: Permit[] = [];
    let now = 0;
    for (const { ms, take, verdict, which } of steps) {
      now += ms;
      const permit = take ? breaker.acquire(now) : undefined;
      if (permit) out.push(permit);
      else if (out.length > 0) {
        breaker.report(out.splice(which % out.length, 1)[0]!, verdict, `orders[0]@${which}`, now);
      }
      assert.ok(out.filter((one) => one.probe).length <= 1);
    }
    for (const permit of out.splice(0)) breaker.report(permit, "neutral", "end", now);
    assert.ok(
      breaker.acquire(now + 70_000),
      "after its time is over an idle breaker always permits something",
    );
  }));
});
