import assert from "node:assert/strict";
import { sendAtRate, TimedCount, waitsOf } from "./measure.ts";

Deno.test("reading is timed from the first assignment to the last record", async () => {
  let time = 100;
  const count = new TimedCount(3, () => time);
  count.assigned();
  time = 150;
  count.assigned(); // joined again
  count.handled(2);
  time = 180;
  count.handled(1);
  time = 999;
  count.handled(1);
  await count.done;
  assert.deepEqual(count.measured(), { records: 4, ms: 80 });
});

Deno.test("a count that was never told of its assignment measures nothing", () => {
  const count = new TimedCount(1, () => 0);
  count.handled(1);
  assert.throws(() => count.measured(), /assigned/);
});

Deno.test("what handlers took is told on average", () => {
  const count = new TimedCount(1, () => 0);
  count.assigned();
  count.took(10);
  count.took(11);
  count.handled(1);
  assert.equal(count.measured().handlerMs, 10.5);
});

Deno.test("orders are sent when they are due, and one that the sender was late for has waited since then", async () => {
  let time = 0;
  const sent: number[] = [];
  const waits = await sendAtRate((index) => {
    sent.push(time);
    if (index === 1) time += 10; // the sender stands still
    return Promise.resolve();
  }, {
    count: 4,
    ratePerSecond: 500,
    now: () => time,
    pause: () => {
      time += 1;
      return Promise.resolve();
    },
  });
  assert.deepEqual(sent, [0, 2, 13, 13]);
  assert.deepEqual([...waits], [1, 11, 9, 7]);
});

Deno.test("an order that is not acknowledged fails the run", async () => {
  const send = (index: number) => index === 2 ? Promise.reject(new Error("lost")) : Promise.resolve();
  let time = 0;
  const options = { count: 3, ratePerSecond: 1_000, now: () => time++, pause: () => Promise.resolve() };
  await assert.rejects(sendAtRate(send, options), /lost/);
});

Deno.test("waits are percentiles of the values, whatever their order", () => {
  const waits = Float64Array.from({ length: 1_000 }, (_, index) => 1_000 - index);
  assert.deepEqual(waitsOf(waits), { p50: 500, p95: 950, p99: 990, max: 1_000 });
});
