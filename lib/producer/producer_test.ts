import assert from "node:assert/strict";
import { coordinates, type ProducerRecord, type TopicPartition } from "../core/record.ts";
import type { OnPartitionCount, ProducerSession, SendRefusal } from "../kafka/ports.ts";
import { settle, TestClock } from "../testing/test_clock.ts";
import type { DeliveryError } from "./delivery_error.ts";
import { Producer, type ProducerOptions } from "./producer.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

type Answer = number | SendRefusal;

/** A send as the broker's side sees it, answered by the test. */
interface Sent {
  readonly session: number;
  readonly partition: number;
  readonly values: string[];
  answer(answer: Answer): void;
}

const LOST: SendRefusal = {
  definite: false,
  code: "REQUEST_TIMED_OUT",
  message: "no answer",
  retriable: true,
};
const REFUSED: SendRefusal = {
  definite: true,
  code: "TOPIC_AUTHORIZATION_FAILED",
  message: "no",
  retriable: false,
};
const TOO_LARGE: SendRefusal = {
  definite: true,
  code: "MESSAGE_TOO_LARGE",
  message: "too large",
  retriable: false,
};

function producer(overrides: Partial<ProducerOptions> = {}) {
  const clock = new TestClock();
  const sent: Sent[] = [];
  const closed: number[] = [];
  const cancelled: string[] = [];
  const alarms: string[] = [];
  let sessions = 0;
  let count: OnPartitionCount = () => {};
  const open = (onPartitionCount: OnPartitionCount): Promise<ProducerSession> => {
    const session = sessions++;
    count = onPartitionCount;
    return Promise.resolve({
      send: (target: TopicPartition, records: readonly ProducerRecord[]) =>
        new Promise<Answer>((answer) => {
          const values = records.map((one) => text.decode(one.value!));
          sent.push({ session, partition: target.partition, values, answer });
        }),
      cancel: (target) => void cancelled.push(target ? coordinates(target) : "all"),
      close: () => Promise.resolve(void closed.push(session)),
    });
  };
  const options = {
    open,
    clock,
    random: () => 0,
    slots: 1,
    batch: { lingerMs: 5, maxRecords: 3, maxBytes: 1_000 },
    onAlarm: (alarm: string) => void alarms.push(alarm),
    ...overrides,
  };
  const producer = new Producer(options);
  return {
    clock,
    sent,
    closed,
    cancelled,
    alarms,
    producer,
    saysPartitions: (n: number) => count("orders", n),
  };
}

const record = (value: string, partition = 0): ProducerRecord => ({
  topic: "orders",
  partition,
  key: null,
  value: utf8.encode(value),
});

Deno.test("records gather for the linger, a full batch goes at once, and each is told its offset", async () => {
  const { producer: one, sent, clock } = producer();
  const a = one.send(record("a"));
  const b = one.send(record("b"));
  await clock.advance(4);
  assert.equal(sent.length, 0);
  await clock.advance(1);
  assert.deepEqual(sent[0]!.values, ["a", "b"]);
  sent[0]!.answer(41);
  assert.deepEqual([await a, await b].map(({ offset }) => offset), [41, 42]);
  for (const value of ["c", "d", "e"]) void one.send(record(value));
  await settle();
  assert.deepEqual(sent[1]!.values, ["c", "d", "e"]);
});

Deno.test("a partition has one unfinished batch, and others do not wait for it", async () => {
  const { producer: one, sent, clock } = producer();
  void one.send(record("a", 0));
  void one.send(record("x", 1));
  await clock.advance(5);
  void one.send(record("b", 0));
  await clock.advance(100);
  assert.deepEqual(sent.map(({ partition, values }) => [partition, values]), [[0, ["a"]], [1, ["x"]]]);
  sent[0]!.answer(0);
  await clock.advance(0);
  assert.deepEqual(sent[2]!.values, ["b"]);
});

Deno.test("a batch whose answer is lost goes again on a fresh session, alone, before anything newer", async () => {
  const { producer: one, sent, clock, closed } = producer();
  const a = one.send(record("a"));
  await clock.advance(5);
  void one.send(record("b"));
  sent[0]!.answer(LOST);
  await clock.advance(10_000);
  assert.deepEqual(sent.map(({ session, values }) => [session, values]), [[0, ["a"]], [1, ["a"]]]);
  assert.deepEqual(closed, [0]);
  sent[1]!.answer(7);
  assert.equal((await a).offset, 7);
  await clock.advance(0);
  assert.deepEqual([sent[2]!.session, sent[2]!.values], [1, ["b"]]);
});

Deno.test("topics do not share a session: what one must not see would spoil the other", async () => {
  const { producer: one, sent, clock } = producer();
  void one.send(record("a"));
  void one.send({ ...record("b"), topic: "others" });
  await clock.advance(5);
  assert.deepEqual(sent.map(({ session }) => session), [0, 1]);
});

Deno.test("a session with an unsettled send is replaced but not closed: closing it would let it write again", async () => {
  const { producer: one, sent, clock, closed } = producer();
  void one.send(record("a", 0));
  void one.send(record("x", 1));
  await clock.advance(5);
  sent[0]!.answer(LOST);
  await clock.advance(1_000);
  assert.deepEqual(sent.map(({ session }) => session), [0, 0, 1]);
  assert.deepEqual(closed, []);
  sent[1]!.answer(3);
  await settle();
  assert.deepEqual(closed, [0]);
});

Deno.test("a refusal is certain only if no earlier try may have been written", async () => {
  const first = producer();
  const refused = first.producer.send(record("a"));
  await first.clock.advance(5);
  first.sent[0]!.answer(REFUSED);
  await assert.rejects(
    refused,
    (error: DeliveryError) => error.definite && error.code === "TOPIC_AUTHORIZATION_FAILED",
  );

  const second = producer();
  const unknown = second.producer.send(record("a"));
  await second.clock.advance(5);
  second.sent[0]!.answer(LOST);
  await second.clock.advance(10_000);
  second.sent[1]!.answer(REFUSED);
  await assert.rejects(
    unknown,
    (error: DeliveryError) => !error.definite && /same id is safe/.test(error.message),
  );
});

Deno.test("a batch that is too large is halved until the record that is too large stands alone", async () => {
  const { producer: one, sent, clock } = producer();
  const results = Promise.allSettled(["a", "HUGE", "c"].map((value) => one.send(record(value))));
  for (let turn = 0, offset = 0; turn < 10; turn++) {
    await clock.advance(0);
    const send = sent[turn];
    if (send === undefined) break;
    send.answer(send.values.includes("HUGE") ? TOO_LARGE : offset++);
  }
  const offsets = (await results).map((result) =>
    result.status === "fulfilled" ? result.value.offset : "refused"
  );
  assert.deepEqual(offsets, [0, "refused", 1], "and those beside it are written in their order");
});

Deno.test("a record that is too large is told its size and what to do, one larger than the buffer at once", async () => {
  const { producer: one, sent, clock } = producer({ maxBufferedBytes: 3_000 });
  const small = one.send(record("x".repeat(2_000)));
  await clock.advance(0);
  sent[0]!.answer(TOO_LARGE);
  await assert.rejects(
    small,
    /its 2,024 bytes are more than the broker takes; .* raise max\.message\.bytes of topic orders/,
  );
  await assert.rejects(
    one.send(record("x".repeat(4_000))),
    /its 4,024 bytes are more than the buffer's 3,000/,
  );
  assert.equal(sent.length, 1);
  assert.equal(one.inFlight, 0);
});

Deno.test("with a full buffer send waits, and who waited is never overtaken", async () => {
  const { producer: one, sent, clock } = producer({ maxBufferedRecords: 2 });
  for (const value of ["a", "b", "c", "d"]) void one.send(record(value));
  await clock.advance(5);
  assert.deepEqual(sent.map(({ values }) => values), [["a", "b"]]);
  assert.equal(one.inFlight, 2);
  sent[0]!.answer(0);
  await clock.advance(0);
  void one.send(record("e"));
  await clock.advance(5);
  assert.deepEqual(sent[1]!.values, ["c", "d"]);
});

Deno.test("closing answers everything: what was never handed over is certain, what was under way is unknown", async () => {
  const { producer: one, sent, clock } = producer();
  const underWay = one.send(record("a"));
  await clock.advance(5);
  const waiting = one.send(record("b"));
  const closing = one.close(1_000);
  const late = one.send(record("c"));
  await assert.rejects(late, (error: DeliveryError) => error.definite && error.code === "CLOSED");
  await clock.advance(1_000);
  assert.equal(await closing, false);
  await assert.rejects(underWay, (error: DeliveryError) => !error.definite);
  await assert.rejects(waiting, (error: DeliveryError) => error.definite);
  assert.equal(sent.length, 1);
});

Deno.test("when no broker can be reached the batch waits, and goes when one can", async () => {
  let down = true;
  const inner = producer();
  const { clock } = inner;
  const { producer: one, sent } = producer({
    clock,
    open: () => down ? Promise.reject(new Error("refused")) : Promise.resolve(session),
  });
  const answers: Answer[] = [];
  const session: ProducerSession = {
    send: (_target, records) => Promise.resolve(answers.push(0) && records.length - 1),
    cancel: () => {},
    close: () => Promise.resolve(),
  };
  const a = one.send(record("a"));
  await clock.advance(60_000);
  assert.equal(sent.length + answers.length, 0);
  down = false;
  await clock.advance(6_000);
  assert.equal((await a).offset, 0);
});

Deno.test("closing answers what waits for a session that does not open, and closes one that opens too late", async () => {
  const opening = Promise.withResolvers<ProducerSession>();
  const { producer: one, clock } = producer({ open: () => opening.promise });
  const waiting = one.send(record("a"));
  await clock.advance(5);
  const closing = one.close(1_000);
  await clock.advance(1_000);
  assert.equal(await closing, false);
  await assert.rejects(waiting, (error: DeliveryError) => error.definite && error.code === "STOPPED");
  let closed = false;
  opening.resolve({
    send: () => assert.fail("sent"),
    cancel: () => {},
    close: () => Promise.resolve(void (closed = true)),
  });
  await settle();
  assert.equal(closed, true);
});

const timedOut = (definite: boolean) => (error: DeliveryError) =>
  error.code === "TIMED_OUT" && error.definite === definite;

Deno.test("a batch that is late is unknown if it was sent, and what waited behind it is certain not to be written", async () => {
  const { producer: one, sent, clock, cancelled } = producer({ deliveryTimeoutMs: 1_000 });
  const results = Promise.allSettled(["a", "b"].map((value) => one.send(record(value))));
  await clock.advance(5);
  const behind = one.send(record("c"));
  await clock.advance(1_000);
  for (const result of await results) {
    assert.equal(result.status === "rejected" && timedOut(false)(result.reason), true);
  }
  assert.deepEqual(cancelled, ["orders[0]"], "its next try is called off");
  await assert.rejects(behind, timedOut(true));
  assert.equal(sent.length, 1);
});

Deno.test("what is late may still be written, so nothing newer goes to its partition before it has settled", async () => {
  const { producer: one, sent, clock } = producer({ deliveryTimeoutMs: 1_000 });
  const late = one.send(record("a"));
  late.catch(() => {});
  await clock.advance(1_005);
  await assert.rejects(late, timedOut(false));
  const newer = one.send(record("b"));
  const elsewhere = one.send(record("x", 1));
  await clock.advance(500);
  assert.deepEqual(sent.map(({ values }) => values), [["a"], ["x"]]);
  sent[0]!.answer(LOST);
  await clock.advance(0);
  assert.deepEqual([sent[2]!.values, sent[2]!.session], [["b"], 1], "and then on a fresh session");
  sent[1]!.answer(0);
  sent[2]!.answer(5);
  assert.deepEqual([(await newer).offset, (await elsewhere).offset], [5, 0]);
});

Deno.test("a late batch that never reached a broker is certain not to be written", async () => {
  const { producer: one, clock } = producer({
    deliveryTimeoutMs: 1_000,
    open: () => Promise.reject(new Error("refused")),
  });
  const lost = one.send(record("a"));
  lost.catch(() => {});
  await clock.advance(1_005);
  await assert.rejects(lost, timedOut(true));
});

Deno.test("offsets that go back are an alarm, and the record counts as written", async () => {
  const { producer: one, sent, clock, alarms } = producer();
  for (const offset of [41, 42, 0, 1]) {
    const sending = one.send(record("a"));
    await clock.advance(5);
    sent.at(-1)!.answer(offset);
    assert.equal((await sending).offset, offset);
  }
  assert.deepEqual(alarms, ["offsets-reset"]);
});

Deno.test("another number of partitions is one alarm and stays a trouble until it is as expected", async () => {
  const { producer: one, clock, alarms, saysPartitions } = producer();
  one.expectPartitions("orders", 6);
  void one.send(record("a"));
  await clock.advance(5);
  saysPartitions(6);
  assert.deepEqual(one.troubles(), []);
  saysPartitions(12);
  saysPartitions(12);
  assert.deepEqual(alarms, ["partition-count"]);
  assert.match(one.troubles()[0]!, /^orders has 12 partitions, but keys are placed on 6/);
  saysPartitions(6);
  assert.deepEqual(one.troubles(), []);
});

Deno.test("a partition without an answer is a trouble until it has answered", async () => {
  const { producer: one, sent, clock } = producer();
  const sending = one.send(record("a"));
  await clock.advance(5_005);
  assert.deepEqual(one.troubles(), []);
  await clock.advance(7_000);
  assert.deepEqual(one.troubles(), ["no answer from orders[0] for 12 s; trying until there is"]);
  sent[0]!.answer(0);
  await sending;
  await settle();
  assert.deepEqual(one.troubles(), []);
});

Deno.test("flush says whether everything was answered in time", async () => {
  const { producer: one, sent, clock } = producer();
  void one.send(record("a"));
  const early = one.flush(1_000);
  await clock.advance(1_000);
  assert.equal(await early, false);
  const later = one.flush(1_000);
  sent[0]!.answer(0);
  assert.equal(await later, true);
});
