import assert from "node:assert/strict";
import { DeliveryError } from "@orderline/lib/producer/delivery_error";
import { type Order, ORDER_DEFAULTS } from "@orderline/schemas";
import { deliver, type DeliveryOptions, type DeliveryTally } from "./deliver.ts";
import type { RejectedLine, SourceItem } from "./order_source.ts";

const order = (line: number): SourceItem => ({
  kind: "order",
  line,
  order: {
    ...ORDER_DEFAULTS,
    order_id: `00000000-0000-4000-8000-${String(line).padStart(12, "0")}`,
    user: "alice",
    item: "lamp",
    quantity: 1,
    price: null,
    timestamp: 0,
    priority: "normal",
  },
});
const bad = (line: number): SourceItem => ({
  kind: "reject",
  line,
  reasons: ["no order"],
  input: { text: "x" },
});

async function run(chunks: SourceItem[][], send: (order: Order) => Promise<void>, stopAfter = Infinity) {
  const written: RejectedLine[] = [];
  const stop = new AbortController();
  const tally: DeliveryTally = { read: 0, delivered: 0, rejected: 0, unknown: 0, refused: 0 };
  const options: DeliveryOptions = {
    source: (async function* () {
      yield* chunks;
    })(),
    send: async (one) => {
      if (tally.read >= stopAfter) stop.abort();
      await send(one);
      return { topic: "orders", partition: 0, offset: 0 };
    },
    room: () => Promise.resolve(),
    rejects: { write: (lines) => Promise.resolve(void written.push(...lines)) },
    onDelivered: () => {},
    onRejected: () => {},
    onFailed: () => {},
    signal: stop.signal,
    tally,
  };
  const refused = await deliver(options);
  return { tally, written, refused };
}

Deno.test("every line is delivered or in the rejects file", async () => {
  const { tally, written } = await run([[order(1), bad(2)], [order(3)]], () => Promise.resolve());
  assert.deepEqual(tally, { read: 3, delivered: 2, rejected: 1, unknown: 0, refused: 0 });
  assert.deepEqual(written.map(({ line }) => line), [2]);
});

Deno.test("an order that was not acknowledged is kept, whole, to be fed again", async () => {
  const { tally, written } = await run([[order(1), order(2)]], ({ order_id }) => {
    if (!order_id.endsWith("2")) return Promise.resolve();
    const refusal = { definite: false, code: "STOPPED", message: "closed" };
    return Promise.reject(new DeliveryError({ topic: "orders", partition: 0 }, refusal));
  });
  assert.deepEqual([tally.delivered, tally.unknown], [1, 1]);
  assert.deepEqual(written.map(({ line }) => line), [2]);
  assert.match(written[0]!.reasons[0]!, /same id is safe/);
  const { json } = written[0]!.input as { json: string };
  assert.equal(JSON.parse(json).timestamp, "1970-01-01T00:00:00.000Z");
});

Deno.test("a stop takes nothing more, and answers what was taken", async () => {
  const { tally } = await run([[order(1), order(2), order(3)]], () => Promise.resolve(), 2);
  assert.deepEqual([tally.read, tally.delivered], [2, 2]);
});

const refusal = (code: string) =>
  new DeliveryError({ topic: "orders", partition: 0 }, { definite: true, code, message: "no" });

Deno.test("what Kafka would refuse of every order ends the delivery, and what was taken is kept", async () => {
  const chunks = [[order(1), order(2)], [order(3)], [order(4)]];
  const { tally, written, refused } = await run(chunks, ({ order_id }) => {
    const first = order_id.endsWith("1");
    return first ? Promise.resolve() : Promise.reject(refusal("TOPIC_AUTHORIZATION_FAILED"));
  });
  assert.deepEqual([refused?.error.code, refused?.line], ["TOPIC_AUTHORIZATION_FAILED", tally.read]);
  assert.ok(tally.read < 4, "it did not take the whole source");
  assert.deepEqual([tally.delivered, tally.refused], [1, tally.read - 1]);
  assert.deepEqual(written.map(({ line }) => line), [2, 3, 4].slice(0, tally.read - 1));
});

Deno.test("what Kafka refuses of one order does not end the delivery", async () => {
  const { tally, refused } = await run([[order(1)], [order(2)], [order(3)]], ({ order_id }) => {
    return order_id.endsWith("1") ? Promise.reject(refusal("MESSAGE_TOO_LARGE")) : Promise.resolve();
  });
  assert.deepEqual([tally.read, tally.delivered, refused], [3, 2, undefined]);
});

Deno.test("a mistake of ours ends the run and is told", async () => {
  await assert.rejects(run([[order(1)]], () => Promise.reject(new TypeError("x is undefined"))), TypeError);
});

Deno.test("a source that breaks off abandons nothing that was taken", async () => {
  const slow = Promise.withResolvers<void>();
  let delivered = false;
  const source = (function* () {
    yield [order(1)];
    throw new Error("the disk is gone");
  })();
  const running = run(
    source as unknown as SourceItem[][],
    () => slow.promise.then(() => void (delivered = true)),
  );
  const failed = assert.rejects(running, /the disk is gone/);
  await new Promise((resolve) => queueMicrotask(() => resolve(slow.resolve())));
  await failed;
  assert.equal(delivered, true);
});
