import assert from "node:assert/strict";
import type { ConsumerStatus } from "../consumer/consumer_options.ts";
import { liveCheck, readyCheck } from "./consumer_health.ts";

const WELL: ConsumerStatus = {
  running: true,
  circuitBreakerState: "closed",
  circuitBreakerSinceMs: 0,
  dependencies: [],
  stuck: undefined,
  lastLoss: undefined,
  waiting: undefined,
  joined: true,
  assigned: 6,
  inFlight: 3,
  paused: new Map(),
  held: [],
  deadLetterHolds: [],
  unreadable: [],
  offsetLost: undefined,
  sinceProgressMs: 100,
  sinceHeardMs: 100,
};

Deno.test("ready and live say what is wrong, and an outage of the world makes neither fail", () => {
  const record = {
    topic: "orders",
    partition: 2,
    offset: 17,
    timestamp: 0,
    key: null,
    value: null,
    headers: [],
  };
  const held = [{ partition: 2, why: "50 dead letters in a row" }];
  const cases: [string, Partial<ConsumerStatus>, string, string][] = [
    ["well", {}, "healthy", "healthy"],
    ["open breaker", { circuitBreakerState: "open", sinceProgressMs: 500_000 }, "degraded", "degraded"],
    [
      "a probe that hangs",
      { circuitBreakerState: "half_open", circuitBreakerSinceMs: 61_000, sinceProgressMs: 500_000 },
      "degraded",
      "unhealthy",
    ],
    [
      "registry away",
      { waiting: "the registry does not answer", sinceProgressMs: 500_000 },
      "degraded",
      "degraded",
    ],
    ["standing by", { assigned: 0, inFlight: 0, sinceProgressMs: 500_000 }, "degraded", "healthy"],
    ["idle", { inFlight: 0, sinceProgressMs: 500_000 }, "healthy", "healthy"],
    ["stuck", { sinceProgressMs: 61_000 }, "healthy", "unhealthy"],
    ["a handler that never settles", { stuck: { record, overdueMs: 30_000 } }, "healthy", "unhealthy"],
    [
      "the same in an outage",
      { stuck: { record, overdueMs: 30_000 }, circuitBreakerState: "open" },
      "degraded",
      "unhealthy",
    ],
    ["a handler that is late", { stuck: { record, overdueMs: 29_999 } }, "healthy", "healthy"],
    ["flood", { held, sinceProgressMs: 500_000 }, "unhealthy", "degraded"],
    [
      "a dead letter that cannot be written",
      {
        deadLetterHolds: [{ topic: "orders", partition: 1, why: "create orders-dlq" }],
        sinceProgressMs: 500_000,
      },
      "unhealthy",
      "degraded",
    ],
    [
      "records that cannot be read",
      { unreadable: [{ partition: 1, why: "does not match its checksum" }], sinceProgressMs: 500_000 },
      "unhealthy",
      "degraded",
    ],
    [
      "lost offset",
      { offsetLost: { topic: "orders", partition: 1, why: "out-of-range" } },
      "unhealthy",
      "healthy",
    ],
    ["not joined", { joined: false }, "unhealthy", "healthy"],
    ["stopping", { running: false }, "unhealthy", "healthy"],
  ];
  for (const [name, change, ready, live] of cases) {
    const read = () => ({ ...WELL, ...change });
    assert.equal(readyCheck(read).check().status, ready, `${name}: ready`);
    assert.equal(liveCheck(read).check().status, live, `${name}: live`);
  }
  assert.match(readyCheck(() => ({ ...WELL, held })).check().reason, /looks like a bad release/);
  const lost = { joined: false, lastLoss: "the group has not heard from us for 15 s" };
  assert.match(
    readyCheck(() => ({ ...WELL, ...lost })).check().reason,
    /^not in the group: joining again, as the group has not heard/,
  );
  assert.match(
    liveCheck(() => ({ ...WELL, stuck: { record, overdueMs: 31_000 } })).check().reason,
    /orders\[2\]@17 has been out of its time for 31 s/,
  );
});
