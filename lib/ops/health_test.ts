import assert from "node:assert/strict";
import { TestClock } from "../testing/test_clock.ts";
import { createHealth, type HealthCheck, type HealthStatus, httpStatusOf } from "./health.ts";

function check(name: string, status: () => HealthStatus, since?: number): HealthCheck {
  return {
    name,
    check: () => ({ status: status(), reason: `${name} is ${status()}`, ...(since ? { since } : {}) }),
  };
}

Deno.test("the worst check decides, and only unhealthy is a 503", () => {
  const clock = new TestClock();
  for (
    const [one, other, expected, http] of [
      ["healthy", "healthy", "healthy", 200],
      ["healthy", "degraded", "degraded", 200],
      ["unhealthy", "degraded", "unhealthy", 503],
    ] as const
  ) {
    const health = createHealth({ live: [check("a", () => one), check("b", () => other)], clock });
    const report = health.live();
    assert.deepEqual([report.status, httpStatusOf(report)], [expected, http]);
  }
});

Deno.test("/health has the application's facts at its top and each check once, with reason and age", () => {
  const clock = new TestClock(Date.UTC(2026, 0, 1));
  const breaker = check("breaker", () => "degraded", Date.UTC(2025, 11, 31, 23, 59, 30));
  const health = createHealth({
    live: [check("progress", () => "healthy")],
    ready: [breaker, breaker],
    facts: () => ({ running: true, circuit_breaker_state: "open" }),
    clock,
  });
  assert.deepEqual(health.overall(), {
    status: "degraded",
    running: true,
    circuit_breaker_state: "open",
    checks: {
      progress: { status: "healthy", reason: "progress is healthy" },
      breaker: {
        status: "degraded",
        reason: "breaker is degraded",
        since: "2025-12-31T23:59:30.000Z",
        for_seconds: 30,
      },
    },
  });
});

Deno.test("a start that has finished stays finished; before that it is a 503", () => {
  let broker: HealthStatus = "unhealthy";
  const health = createHealth({ startup: [check("broker", () => broker)], clock: new TestClock() });
  assert.equal(health.startup().status, "unhealthy");
  broker = "healthy";
  assert.equal(health.startup().status, "healthy");
  broker = "unhealthy";
  assert.equal(health.startup().status, "healthy");
  assert.equal(health.overall().status, "unhealthy");
});

Deno.test("a check that throws is unhealthy, and facts that throw are left out", () => {
  const fail = () => {
    throw new Error("oops");
  };
  const health = createHealth({ ready: [{ name: "odd", check: fail }], facts: fail, clock: new TestClock() });
  assert.equal(health.ready().checks.odd?.reason, "the check itself failed: Error: oops");
  assert.deepEqual([health.overall().status, health.overall().running], ["unhealthy", true]);
});
