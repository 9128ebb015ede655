import assert from "node:assert/strict";
import { RETRY_BACKOFF } from "../core/backoff.ts";
import { type Failure, permanent, unavailable } from "../core/failure.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { settle, TestClock } from "../testing/test_clock.ts";
import { Attempts } from "./attempts.ts";
import { Dependencies } from "./dependencies.ts";
import { Gate } from "./gate.ts";
import { createProcessRecord, type RecordSteps } from "./process_record.ts";

const utf8 = new TextEncoder();

function record(value: string | null, offset = 0): ConsumerRecord {
  return {
    topic: "orders",
    partition: 0,
    offset,
    timestamp: 0,
    key: utf8.encode("alice"),
    value: value === null ? null : utf8.encode(value),
    headers: [],
  };
}

function path(overrides: Partial<RecordSteps<string>> = {}) {
  const clock = new TestClock();
  const dependencies: Dependencies = new Dependencies({
    declared: {},
    breaker: { failureThreshold: 5, resetMs: 60_000 },
    clock,
    random: () => 0,
    onChange: () => {},
    onProbeDue: () => gate.pump(),
  });
  const gate = new Gate({ concurrency: 4, dependencies, clock });
  const letters: { failure: Failure; attempts: number; at: number }[] = [];
  const steps: RecordSteps<string> = {
    decode: (value) => new TextDecoder().decode(value),
    validate: () => {},
    handle: () => Promise.resolve(),
    writeDeadLetter: (_record, { failure, attempts }) => {
      letters.push({ failure, attempts, at: clock.monotonic() });
      return Promise.resolve();
    },
    mayDeadLetter: () => true,
    gate,
    attempts: new Attempts(30_000, clock),
    isForOthers: () => false,
    maxAttempts: 3,
    backoff: RETRY_BACKOFF,
    clock,
    random: () => 0,
    events: {},
    ...overrides,
  };
  const stop = new AbortController();
  return { clock, dependencies, letters, stop, process: createProcessRecord(steps), gate: steps.gate };
}

Deno.test("a record whose handler succeeds is processed", async () => {
  const seen: string[] = [];
  const { process, stop } = path({ handle: ({ value }) => Promise.resolve(void seen.push(value)) });
  assert.deepEqual(await process(record("a"), stop.signal), { kind: "processed" });
  assert.deepEqual(seen, ["a"]);
});

Deno.test("a tombstone is skipped and reaches no handler", async () => {
  const { process, stop } = path({ handle: () => assert.fail("called") });
  assert.deepEqual(await process(record(null), stop.signal), { kind: "skipped", reason: "tombstone" });
});

Deno.test("a record that was sent back for another group is skipped and reaches no handler", async () => {
  const { process, stop } = path({ handle: () => assert.fail("called"), isForOthers: () => true });
  assert.deepEqual(await process(record("a"), stop.signal), { kind: "skipped", reason: "for another group" });
});

Deno.test("a record of a held partition is let go unfinished, and is no dead letter", async () => {
  const { process, stop, letters } = path({
    handle: () => Promise.reject(permanent("refused", "no")),
    mayDeadLetter: () => false,
  });
  assert.equal((await process(record("a"), stop.signal)).kind, "released");
  assert.deepEqual(letters, []);
});

Deno.test("a handler that always throws is tried three times in all, after 1 s and 2 s, and then dead-lettered", async () => {
  const at: number[] = [];
  const { process, stop, clock, letters } = path({
    handle: () => {
      at.push(clock.monotonic());
      return Promise.reject(new TypeError("cannot read of undefined"));
    },
  });
  const outcome = process(record("a"), stop.signal);
  await clock.advance(3_000);
  assert.equal((await outcome).kind, "dead-lettered");
  assert.deepEqual(at, [0, 1_000, 3_000]);
  assert.deepEqual(letters.map(({ failure, attempts }) => [failure.reason, attempts]), [[
    "retries-exhausted",
    3,
  ]]);
  assert.match(letters[0]!.failure.message, /TypeError: cannot read of undefined/);
});

Deno.test("whatever is thrown ends in the dead letters, not in the caller", async () => {
  for (
    const thrown of [undefined, null, "text", 7, new RangeError("deep"), Object.create(null), { toString: 1 }]
  ) {
    const { process, stop, clock, letters } = path({ handle: () => Promise.reject(thrown) });
    const outcome = process(record("a"), stop.signal);
    await clock.advance(10_000);
    assert.equal((await outcome).kind, "dead-lettered");
    assert.equal(letters.length, 1);
  }
});

Deno.test("a permanent failure is dead-lettered at once", async () => {
  const { process, stop, letters } = path({
    handle: () => Promise.reject(permanent("order-id-conflict", "other content")),
  });
  assert.equal((await process(record("a"), stop.signal)).kind, "dead-lettered");
  assert.deepEqual(letters.map(({ failure, attempts }) => [failure.reason, attempts]), [[
    "order-id-conflict",
    1,
  ]]);
});

Deno.test("undecodable and invalid records never reach the handler", async () => {
  const handle = () => assert.fail("called");
  const undecodable = path({
    handle,
    decode: () => {
      throw new RangeError("invalid array length");
    },
  });
  assert.equal((await undecodable.process(record("a"), undecodable.stop.signal)).kind, "dead-lettered");
  assert.equal(undecodable.letters[0]!.failure.reason, "undecodable");
  const invalid = path({
    handle,
    validate: () => {
      throw permanent("invalid", "quantity must be at least 1");
    },
  });
  assert.equal((await invalid.process(record("a"), invalid.stop.signal)).kind, "dead-lettered");
  assert.deepEqual(invalid.letters.map(({ failure, attempts }) => [failure.reason, attempts]), [[
    "invalid",
    0,
  ]]);
});

Deno.test("an absent registry is waited out, and dead-letters nothing", async () => {
  let down = true;
  const { process, stop, clock, letters } = path({
    decode: () => {
      if (down) throw unavailable("the registry does not answer");
      return "a";
    },
  });
  const outcome = process(record("a"), stop.signal);
  await clock.advance(300_000);
  assert.equal(letters.length, 0);
  down = false;
  await clock.advance(5_000);
  assert.deepEqual(await outcome, { kind: "processed" });
});

Deno.test("an outage of the handler's dependency spends no attempt, however long it lasts", async () => {
  let down = true;
  const attempts: number[] = [];
  const { process, stop, clock, letters, dependencies } = path({
    handle: (_message, { attempt }) => {
      attempts.push(attempt);
      return down ? Promise.reject(unavailable("the store is locked")) : Promise.resolve();
    },
  });
  const outcome = process(record("a"), stop.signal);
  await clock.advance(600_000);
  assert.equal(dependencies.worst.state, "open");
  assert.ok(attempts.length <= 5 + 10, `${attempts.length} tries in ten minutes`);
  down = false;
  await clock.advance(70_000);
  assert.deepEqual(await outcome, { kind: "processed" });
  assert.deepEqual([...new Set(attempts)], [1]);
  assert.equal(letters.length, 0);
});

Deno.test("a handler that gives up at its deadline has spent an attempt, though what it throws reads like an outage", async () => {
  const { process, stop, clock, letters } = path({
    handle: (_message, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const outcome = process(record("a"), stop.signal);
  await clock.advance(100_000);
  assert.deepEqual(letters.map(({ attempts }) => attempts), [3]);
  assert.equal((await outcome).kind, "dead-lettered");
  assert.match(letters[0]!.failure.message, /had not settled after 30000 ms/);
});

Deno.test("a record is not finished before its dead letter is written", async () => {
  const written = Promise.withResolvers<void>();
  const { process, stop } = path({
    handle: () => Promise.reject(permanent("refused", "never")),
    writeDeadLetter: () => written.promise,
  });
  let ended = false;
  const outcome = process(record("a"), stop.signal).finally(() => ended = true);
  await settle();
  assert.equal(ended, false);
  written.resolve();
  assert.equal((await outcome).kind, "dead-lettered");
});

Deno.test("a record whose dead letter is given up, since it is no longer ours, is released", async () => {
  const { process, stop } = path({
    handle: () => Promise.reject(permanent("refused", "never")),
    writeDeadLetter: (_record, _givenUp, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const outcome = process(record("a"), stop.signal);
  await settle();
  stop.abort(new Error("given to another member"));
  assert.deepEqual(await outcome, { kind: "released", reason: "given to another member" });
});

Deno.test("a record whose handler throws while its partition is taken away is released, not dead-lettered", async () => {
  const running = Promise.withResolvers<void>();
  const { process, stop, letters, dependencies } = path({ handle: () => running.promise, maxAttempts: 1 });
  const outcome = process(record("a"), stop.signal);
  await settle();
  stop.abort(new Error("given to another member"));
  running.reject(new Error("aborted in the middle"));
  assert.deepEqual(await outcome, { kind: "released", reason: "given to another member" });
  assert.equal(letters.length, 0);
  assert.equal(dependencies.worst.state, "closed");
});

Deno.test("attempts that end because their partition was taken away say nothing of the dependency", async () => {
  let running = Promise.withResolvers<void>();
  const { process, dependencies } = path({ handle: () => running.promise });
  for (let offset = 0; offset < 5; offset++) { // as many as open a breaker
    running = Promise.withResolvers<void>();
    const lost = new AbortController();
    const outcome = process(record("a", offset), lost.signal);
    await settle();
    lost.abort(new Error("given to another member"));
    running.reject(new Error("aborted in the middle"));
    await outcome;
  }
  assert.equal(dependencies.worst.state, "closed");
});

Deno.test("a wait for the next try ends at once when the partition is taken away", async () => {
  const { process, stop, clock } = path({ handle: () => Promise.reject(new Error("no")) });
  const outcome = process(record("a"), stop.signal);
  await clock.advance(500);
  stop.abort(new Error("stopping"));
  assert.equal((await outcome).kind, "released");
  assert.equal(clock.pending, 0);
});
