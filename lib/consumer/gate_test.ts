import assert from "node:assert/strict";
import { Breaker } from "../core/breaker.ts";
import type { Clock } from "../core/clock.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { settle, TestClock } from "../testing/test_clock.ts";
import { Gate, type Pass } from "./gate.ts";

function gate(concurrency: number) {
  const clock = new TestClock();
  const states: string[] = [];
  const breaker = new Breaker({ failureThreshold: 2, resetMs: 60_000 }, () => 0);
  return {
    clock,
    states,
    gate: new Gate({ concurrency, breaker, clock, onBreaker: (state) => states.push(state) }),
  };
}

const record = (offset: number): ConsumerRecord => ({
  topic: "orders",
  partition: 0,
  offset,
  timestamp: 0,
  key: null,
  value: null,
  headers: [],
});
const { signal } = new AbortController();

Deno.test("no more attempts run at once than there are slots, and they start in order", async () => {
  const { gate: door } = gate(2);
  const started: number[] = [];
  const passes: Pass[] = [];
  for (const offset of [1, 2, 3]) {
    void door.enter(record(offset), signal).then((pass) => {
      started.push(offset);
      passes.push(pass);
    });
  }
  await settle();
  assert.deepEqual(started, [1, 2]);
  passes[0]!.leave("success");
  await settle();
  assert.deepEqual(started, [1, 2, 3]);
});

Deno.test("an open breaker starts nothing, then one probe when its time is over", async () => {
  const { gate: door, clock, states } = gate(10);
  for (const offset of [1, 2]) (await door.enter(record(offset), signal)).leave("failure");
  const started: Pass[] = [];
  for (const offset of [3, 4, 5]) void door.enter(record(offset), signal).then((pass) => started.push(pass));
  await clock.advance(59_999);
  assert.equal(started.length, 0);
  await clock.advance(1);
  assert.equal(started.length, 1);
  started[0]!.leave("success");
  await settle();
  assert.equal(started.length, 3);
  assert.deepEqual(states, ["open", "half_open", "closed"]);
});

Deno.test("a timer that fires a fraction early does not leave the breaker open for ever", async () => {
  const clock = new TestClock();
  const early: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    after: (ms, task) => clock.after(ms > 1 ? ms - 0.4 : ms, task),
    every: (ms, task) => clock.every(ms, task),
  };
  const breaker = new Breaker({ failureThreshold: 2, resetMs: 1_000 }, () => 0);
  const door = new Gate({ concurrency: 10, breaker, clock: early });
  for (const offset of [1, 2]) (await door.enter(record(offset), signal)).leave("failure");
  let started = 0;
  void door.enter(record(3), signal).then(() => started++);
  await clock.advance(1_000);
  assert.equal(started, 1);
});

Deno.test("a waiter that is aborted leaves its place", async () => {
  const { gate: door } = gate(1);
  const first = await door.enter(record(1), signal);
  const gone = new AbortController();
  const second = door.enter(record(2), gone.signal);
  const third = door.enter(record(3), signal);
  gone.abort(new Error("released"));
  await assert.rejects(second, /released/);
  first.leave("success");
  (await third).leave("success");
  assert.equal(door.running, 0);
});

Deno.test("a closed gate lets gaps be filled and starts nothing new, so that the finished prefix is whole", async () => {
  const { gate: door, clock } = gate(10);
  const running = await door.enter(record(7), signal);
  const draining = door.drain(5_000);
  const started: number[] = [];
  for (const offset of [5, 8]) {
    void door.enter(record(offset), signal).then((pass) => {
      started.push(offset);
      pass.leave("success");
    });
  }
  await settle();
  assert.deepEqual(started, [5]);
  running.leave("success");
  await clock.advance(0);
  assert.equal(await draining, true);
  door.open();
  await settle();
  assert.deepEqual(started, [5, 8]);
});

Deno.test("a drain gives up at its deadline and says so", async () => {
  const { gate: door, clock } = gate(10);
  await door.enter(record(1), signal);
  const draining = door.drain(5_000);
  await clock.advance(5_000);
  assert.equal(await draining, false);
});
