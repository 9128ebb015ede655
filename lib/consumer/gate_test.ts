import assert from "node:assert/strict";
import type { Clock } from "../core/clock.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { settle, TestClock } from "../testing/test_clock.ts";
import { Dependencies } from "./dependencies.ts";
import { Gate, type Pass } from "./gate.ts";

function gate(concurrency: number, clock: Clock = new TestClock()) {
  const states: string[] = [];
  const dependencies = new Dependencies({
    declared: {},
    breaker: { failureThreshold: 2, resetMs: 60_000 },
    clock,
    random: () => 0,
    onChange: (_name, state) => {
      states.push(state);
      if (state === "closed") made.restart();
    },
    onProbeDue: () => made.pump(),
  });
  const made = new Gate({ concurrency, dependencies, clock });
  return { clock: clock as TestClock, states, gate: made };
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
  assert.equal(started.length, 2, "not all at once");
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
  const { gate: door } = gate(10, early);
  for (const offset of [1, 2]) (await door.enter(record(offset), signal)).leave("failure");
  let started = 0;
  void door.enter(record(3), signal).then(() => started++);
  await clock.advance(60_000);
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

Deno.test("after an outage attempts grow 1, 2, 4 until all slots are used", async () => {
  const { gate: door, clock } = gate(6);
  for (const offset of [1, 2]) (await door.enter(record(offset), signal)).leave("failure");
  const running: Pass[] = [];
  for (let offset = 3; offset < 40; offset++) {
    void door.enter(record(offset), signal).then((pass) => running.push(pass));
  }
  await clock.advance(60_000);
  const sizes: number[] = [];
  for (let round = 0; round < 5; round++) {
    sizes.push(running.length);
    for (const pass of running.splice(0)) pass.leave("success");
    await settle();
  }
  assert.deepEqual(sizes, [1, 1, 2, 4, 6], "the probe, and then the steps");
});

Deno.test("the probe is the record that has failed least, so that a bad one does not hold up good ones", async () => {
  const { gate: door, clock } = gate(10);
  for (const offset of [1, 2]) (await door.enter(record(offset), signal)).leave("failure");
  const started: number[] = [];
  const passes: Pass[] = [];
  for (const [offset, failures] of [[1, 2], [2, 1], [3, 0], [4, 0]] as const) {
    void door.enter(record(offset), signal, failures).then((pass) => {
      started.push(offset);
      passes.push(pass);
    });
  }
  await clock.advance(60_000);
  assert.deepEqual(started, [3]);
  passes[0]!.leave("success");
  await settle();
  assert.deepEqual(started, [3, 1], "those that wait come in their order again");
});

Deno.test("a probe that reports before it has ended frees the breaker, and not its slot", async () => {
  const { gate: door, clock, states } = gate(1);
  for (const offset of [1, 2]) (await door.enter(record(offset), signal)).leave("failure");
  const hanging = door.enter(record(3), signal);
  await clock.advance(60_000);
  (await hanging).report("failure");
  assert.deepEqual(states, ["open", "half_open", "open"]);
  let started = false;
  void door.enter(record(4), signal).then(() => started = true);
  await clock.advance(61_000);
  assert.equal(started, false, "the slot is taken");
  (await hanging).leave("success");
  await settle();
  assert.equal(started, true);
});

Deno.test("a closed gate starts nothing, but what was tried may be given up", async () => {
  const { gate: door, clock } = gate(10);
  const tried = record(7);
  const running = await door.enter(tried, signal);
  const draining = door.drain(5_000);
  const done: string[] = [];
  void door.enter(record(5), signal).then(() => done.push("attempt"));
  void door.run(record(8), signal, () => Promise.resolve(done.push("letter of an untried record")));
  void door.run(tried, signal, () => Promise.resolve(done.push("letter of a tried record")));
  await settle();
  assert.deepEqual(done, ["letter of a tried record"]);
  running.leave("success");
  await clock.advance(0);
  assert.equal(await draining, true);
  door.open();
  await settle();
  assert.deepEqual(done.slice(1).sort(), ["attempt", "letter of an untried record"]);
});

Deno.test("a drain gives up at its deadline and says so", async () => {
  const { gate: door, clock } = gate(10);
  await door.enter(record(1), signal);
  const draining = door.drain(5_000);
  await clock.advance(5_000);
  assert.equal(await draining, false);
});
