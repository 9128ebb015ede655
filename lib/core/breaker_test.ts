import assert from "node:assert/strict";
import fc from "fast-check";
import { Breaker, type Permit, type Verdict } from "./breaker.ts";

const OPTIONS = { failureThreshold: 5, resetMs: 60_000 };

function fail(breaker: Breaker, times: number, now: number, verdict: Verdict = "failure"): void {
  for (let turn = 0; turn < times; turn++) {
    const permit = breaker.acquire(now);
    assert.ok(permit);
    breaker.report(permit, verdict, now);
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
  breaker.report(breaker.acquire(1)!, "success", 1);
  fail(breaker, 4, 2);
  breaker.report(breaker.acquire(3)!, "neutral", 3);
  assert.equal(breaker.state, "closed");
  fail(breaker, 1, 4);
  assert.equal(breaker.state, "open");
});

Deno.test("records that fail again and again do not open the breaker; a fifth one that fails does", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  fail(breaker, 4, 0);
  fail(breaker, 20, 1, "repeat");
  assert.equal(breaker.state, "closed");
  fail(breaker, 1, 2);
  assert.equal(breaker.state, "open");
});

Deno.test("a probe that fails opens the breaker again, also when its record had failed before", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  fail(breaker, 5, 0);
  breaker.report(breaker.acquire(60_000)!, "repeat", 60_001);
  assert.equal(breaker.state, "open");
});

Deno.test("a dependency that says that it is down opens the breaker, though a single record asks it", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  fail(breaker, 5, 0, "unavailable");
  assert.equal(breaker.state, "open");
});

Deno.test("failures that started before the last success do not count: one blip with many calls in flight is not a row", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  const early = Array.from({ length: 8 }, () => breaker.acquire(0)!);
  breaker.report(breaker.acquire(5)!, "success", 6);
  early.forEach((permit) => breaker.report(permit, "failure", 7));
  assert.equal(breaker.state, "closed");
});

Deno.test("half open permits exactly one probe: success closes, failure opens again, neutral hands the permit on", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  fail(breaker, 5, 0);
  const first = breaker.acquire(60_000)!;
  assert.equal(first.probe, true);
  assert.equal(breaker.state, "half_open");
  assert.equal(breaker.acquire(60_001), undefined);
  breaker.report(first, "neutral", 60_002);
  const second = breaker.acquire(60_003)!;
  breaker.report(second, "failure", 60_004);
  assert.equal(breaker.state, "open");
  assert.equal(breaker.openings, 2);
  assert.equal(breaker.acquire(60_005), undefined);
  breaker.report(breaker.acquire(120_004)!, "success", 120_005);
  assert.equal(breaker.state, "closed");
});

Deno.test("failures that had started before the probe do not open a breaker that has just closed", () => {
  const breaker = new Breaker(OPTIONS, () => 0);
  const early = Array.from({ length: 8 }, () => breaker.acquire(0)!);
  fail(breaker, 5, 1);
  breaker.report(breaker.acquire(60_001)!, "success", 60_002);
  early.forEach((permit) => breaker.report(permit, "failure", 60_003));
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

/** The same rules in the plainest words: what was seen since the last success, and nothing clever. */
class Model {
  state: "closed" | "open" | "half_open" = "closed";
  failures = 0;
  successStartedAt = -Infinity;
  openUntil = 0;
  probe: Permit | undefined;

  mayAcquire(now: number): boolean {
    if (this.state === "open") return now >= this.openUntil;
    return this.state === "closed" || this.probe === undefined;
  }

  acquired(permit: Permit): void {
    if (!permit.probe) return;
    this.state = "half_open";
    this.probe = permit;
  }

  reported(permit: Permit, verdict: Verdict, now: number): void {
    const probing = permit === this.probe;
    if (probing) this.probe = undefined;
    if (verdict === "neutral" || (this.state !== "closed" && !probing) || (permit.probe && !probing)) return;
    if (verdict === "success") {
      this.successStartedAt = probing ? permit.startedAt : Math.max(this.successStartedAt, permit.startedAt);
      this.state = "closed";
      this.failures = 0;
      return;
    }
    if (!probing && permit.startedAt < this.successStartedAt) return;
    if (!probing && verdict === "repeat") return;
    if (!probing && ++this.failures < OPTIONS.failureThreshold) return;
    this.state = "open";
    this.failures = 0;
    this.openUntil = now + OPTIONS.resetMs * 1.05;
  }
}

Deno.test("whatever is reported in whatever order, it agrees with the model, and no permit leaks", () => {
  const step = fc.record({
    ms: fc.oneof(fc.nat(500), fc.nat(40_000)),
    take: fc.boolean(),
    verdict: fc.constantFrom<Verdict>("success", "failure", "failure", "repeat", "unavailable", "neutral"),
    which: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const breaker = new Breaker(OPTIONS, () => 0.5);
      const model = new Model();
      const out: Permit[] = [];
      let now = 0;
      for (const { ms, take, verdict, which } of steps) {
        now += ms;
        if (take) {
          assert.equal(breaker.mayAcquire(now), model.mayAcquire(now));
          const permit = breaker.acquire(now);
          assert.equal(permit !== undefined, model.mayAcquire(now));
          if (permit) {
            out.push(permit);
            model.acquired(permit);
          }
        } else if (out.length > 0) {
          const permit = out.splice(which % out.length, 1)[0]!;
          breaker.report(permit, verdict, now);
          model.reported(permit, verdict, now);
        }
        assert.equal(breaker.state, model.state);
        assert.ok(out.filter((one) => one.probe).length <= 1);
      }
      for (const permit of out.splice(0)) breaker.report(permit, "neutral", now);
      assert.ok(breaker.acquire(now + 70_000), "an idle breaker whose time is over always permits something");
    }),
    { numRuns: 2_000 },
  );
});
