import assert from "node:assert/strict";
import { encodeRecords, writeHeader } from "../../lib/kafka/record_batch.ts";
import type { ProxyEvent } from "./kafka_proxy.ts";
import type { Action } from "./kafka_proxy_relay.ts";
import type { RequestInfo } from "./kafka_proxy_rules.ts";
import { commitsSeen, deadLettersSeen, produceTries, proxyTrouble, strikes } from "./ledger_wire.ts";

const here = { connection: 1, broker: 0 };
const info = (correlationId: number, apiName: string): RequestInfo => ({
  apiKey: 0,
  apiName,
  apiVersion: 7,
  correlationId,
  clientId: null,
  sizeBytes: 9,
  broker: 0,
  count: 1,
});
const produce = (correlationId: number): RequestInfo => ({
  ...info(correlationId, "Produce"),
  produce: {
    acks: -1,
    topics: [{
      topic: "orders",
      partitions: [{ partition: 2, records: 5, producerId: 40, baseSequence: 10, batch: new Uint8Array() }],
    }],
  },
});
const commit = (correlationId: number): RequestInfo => ({
  ...info(correlationId, "OffsetCommit"),
  offsetCommit: {
    group: "g",
    generation: 3,
    member: "m",
    offsets: [{ topic: "orders", partition: 2, offset: 9, metadata: null }],
  },
});
const asked = (at: number, request: RequestInfo, action: Action = "forwarded"): ProxyEvent => ({
  ...here,
  at,
  kind: "request",
  request,
  action,
});
const answered = (
  at: number,
  request: RequestInfo,
  { action = "forwarded" as Action, errorCode = 0 } = {},
): ProxyEvent => ({
  ...here,
  at,
  kind: "response",
  request,
  action,
  answers: [{ topic: "orders", partition: 1, errorCode: 3 }, { topic: "orders", partition: 2, errorCode }],
});

const wasAnswered = (...events: ProxyEvent[]) =>
  produceTries(events, { topic: "orders", answeredWithinMs: 150 }).map((one) => one.answered);

Deno.test("a Produce is answered when the client was told, in time, that it is written", () => {
  const ask = asked(100, produce(1));
  assert.deepEqual(wasAnswered(ask, answered(250, produce(1))), [true]);
  assert.deepEqual(wasAnswered(ask, answered(251, produce(1))), [false], "too late");
  assert.deepEqual(wasAnswered(ask, answered(110, produce(1), { action: "drop-response" })), [false]);
  assert.deepEqual(wasAnswered(ask, answered(110, produce(1), { errorCode: 20 })), [false], "an error");
  assert.deepEqual(wasAnswered(ask), [false], "the connection ended");
});

Deno.test("an answer in time to a client that did not run is none, and what struck it does not count", () => {
  const ask = asked(100, produce(1));
  const events = [ask, answered(110, produce(1)), asked(500, produce(2)), answered(510, produce(2))];
  const ran = (at: number) => at > 300;
  const tries = produceTries(events, { topic: "orders", answeredWithinMs: 150, ran });
  assert.deepEqual(tries.map((one) => one.answered), [false, true]);
  assert.deepEqual(strikes(events, "Produce", ran), { forwarded: 1 });
});

Deno.test("a correlation id that is used again, or on another connection, is another request", () => {
  const other = { ...answered(120, produce(1)), connection: 2 };
  const events = [asked(100, produce(1)), { ...asked(110, produce(1)), connection: 2 }, other];
  assert.deepEqual(wasAnswered(...events), [false, true]);
});

Deno.test("a try tells who wrote which numbers where, of the topic asked for", () => {
  const [one] = produceTries([asked(100, produce(1))], { topic: "orders", answeredWithinMs: 1 });
  assert.deepEqual(one, {
    at: performance.timeOrigin + 100,
    partition: 2,
    producerId: 40,
    baseSequence: 10,
    records: 5,
    answered: false,
  });
  assert.deepEqual(produceTries([asked(100, produce(1))], { topic: "others", answeredWithinMs: 1 }), []);
});

Deno.test("a commit is refused when the broker said so, whether or not the client was told", () => {
  const refused = (...events: ProxyEvent[]) =>
    commitsSeen(events, { group: "g", topic: "orders" }).map((one) => one.refused);
  const ask = asked(100, commit(1));
  assert.deepEqual(refused(ask, answered(110, commit(1), { action: "drop-response" })), [false]);
  assert.deepEqual(refused(ask, answered(110, commit(1), { errorCode: 22, action: "reset" })), [true]);
  assert.deepEqual(refused(ask), [false], "it may have been taken");
  assert.deepEqual(commitsSeen([ask], { group: "another", topic: "orders" }), []);
});

Deno.test("a dead letter is taken when the broker said so, whether or not its sender was told", () => {
  const headers = { "dlq.original_partition": "4", "dlq.original_offset": "70", "dlq.reason": "invalid" };
  const batch = encodeRecords([{
    topic: "orders",
    partition: 2,
    key: null,
    value: null,
    headers: Object.entries(headers).map(([name, value]) => [name, new TextEncoder().encode(value)]),
  }]);
  writeHeader(batch, {
    count: 1,
    codec: 0,
    timestamp: 0,
    producerId: 40n,
    producerEpoch: 0,
    firstSequence: 10,
  });
  const topics = [{
    topic: "orders",
    partitions: [{ partition: 2, records: 1, producerId: 40, baseSequence: 10, batch }],
  }];
  const request = { ...info(1, "Produce"), produce: { acks: -1, topics } };
  const seen = (...events: ProxyEvent[]) => deadLettersSeen(events, { topic: "orders" });
  const ask = asked(100, request);
  const letter = { at: performance.timeOrigin + 130, partition: 4, offset: 70, reason: "invalid" };
  assert.deepEqual(seen(ask, answered(130, request, { action: "drop-response" })), [letter]);
  assert.deepEqual(seen(ask, answered(130, request, { errorCode: 10 })), []);
  assert.deepEqual(seen(ask), []);
});

Deno.test("strikes count what each request met, once, at the request or at its answer", () => {
  const events = [
    asked(1, produce(1)),
    answered(2, produce(1)),
    asked(3, produce(2)),
    answered(4, produce(2), { action: "reset" }),
    asked(5, produce(3), "cut-request"),
    asked(6, commit(4), "swallow"),
    { ...here, at: 7, kind: "error", detail: "a mistake" } as const,
  ];
  assert.deepEqual(strikes(events, "Produce"), { forwarded: 1, reset: 1, "cut-request": 1 });
  assert.deepEqual(proxyTrouble(events), ["the proxy: a mistake"]);
});
