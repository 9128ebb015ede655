import assert from "node:assert/strict";
import { permanent } from "../core/failure.ts";
import type { ConsumerRecord, ProducerRecord } from "../core/record.ts";
import { settle, TestClock } from "../testing/test_clock.ts";
import type { DeadLetterHold } from "./dead_letter_holds.ts";
import { type DeadLetterOptions, DeadLetterWriter } from "./dead_letter_writer.ts";
import { Dependencies } from "./dependencies.ts";
import { Gate } from "./gate.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

function record(offset: number, partition = 0): ConsumerRecord {
  const value = utf8.encode(`value ${offset}`);
  return { topic: "orders", partition, offset, timestamp: 0, key: null, value, headers: [] };
}

/** An error as the producer rejects with. */
function refusal(code: string): Error {
  return Object.assign(new Error(`the record was not written: ${code}`), { code });
}

/** A dead letter topic played by the test: it takes what `refuses` has nothing against. */
function world(options: Partial<DeadLetterOptions> = {}) {
  const clock = new TestClock();
  const breaker = { failureThreshold: 5, resetMs: 60_000 };
  const nothing = () => {};
  const dependencies = new Dependencies({
    declared: {},
    breaker,
    clock,
    random: () => 0,
    onChange: nothing,
    onProbeDue: nothing,
  });
  const topic = {
    refuses: (_letter: ProducerRecord): string | undefined => undefined,
    tries: 0,
    letters: [] as ProducerRecord[],
  };
  const told: string[] = [];
  const writer = new DeadLetterWriter({
    groupId: "billing",
    deadLetters: {
      topic: "orders-dlq",
      partitions: 2,
      send(letter) {
        topic.tries++;
        const code = topic.refuses(letter);
        if (code !== undefined) return Promise.reject(refusal(code));
        return Promise.resolve(topic.letters.push(letter));
      },
      ...options,
    },
    gate: new Gate({ concurrency: 4, dependencies, clock }),
    backoff: { firstMs: 1_000, maxMs: 30_000, jitter: 0 },
    clock,
    random: () => 0,
    held: ({ partition }: DeadLetterHold) => told.push(`held ${partition}`),
    freed: ({ partition }) => told.push(`freed ${partition}`),
  });
  const stop = new AbortController();
  const failure = permanent("invalid", "no");
  const write = (one: ConsumerRecord, signal = stop.signal) =>
    writer.write(one, { failure, attempts: 1, firstFailedAt: 0 }, signal);
  return { clock, topic, told, writer, stop, write };
}

const offsets = (letters: readonly ProducerRecord[]) =>
  letters.map(({ headers }) =>
    Number(text.decode(headers!.find(([name]) => name === "dlq.original_offset")![1]))
  );

Deno.test("a dead letter that is written holds nobody", async () => {
  const { write, topic, told } = world();
  await write(record(1));
  assert.deepEqual([offsets(topic.letters), told], [[1], []]);
});

Deno.test("a dead letter that cannot be written is tried until it can, and its partition is held so long", async () => {
  const { write, topic, told, writer, clock } = world();
  topic.refuses = () => "UNKNOWN_TOPIC_OR_PARTITION";
  const writing = write(record(1, 3));
  await clock.advance(100_000);
  assert.deepEqual(told, ["held 3"]);
  const [hold] = writer.holds;
  assert.match(
    hold!.why,
    /^orders\[3\]@1 .*UNKNOWN_TOPIC_OR_PARTITION; create orders-dlq .* as setup does/,
  );
  topic.refuses = () => "TOPIC_AUTHORIZATION_FAILED";
  await clock.advance(30_000);
  assert.match(writer.holds[0]!.why, /give this client the right to Write/, "the reason is the latest");
  assert.ok(topic.tries >= 6 && topic.tries <= 9, `${topic.tries} tries in 130 s`);
  topic.refuses = () => undefined;
  await clock.advance(30_000);
  await writing;
  assert.deepEqual(told, ["held 3", "freed 3"]);
  assert.deepEqual(writer.holds, []);
  assert.deepEqual(offsets(topic.letters), [1]);
});

Deno.test("while a partition of the topic takes nothing one record asks for all, and then all are written", async () => {
  const { write, topic, told, clock } = world();
  topic.refuses = ({ partition }) => partition === 0 ? "TOPIC_AUTHORIZATION_FAILED" : undefined;
  const waiting = Array.from({ length: 100 }, (_, offset) => write(record(offset, offset % 2 === 0 ? 0 : 2)));
  await settle();
  assert.equal(topic.tries, 100, "all were under way at once");
  waiting.push(write(record(200, 4)));
  await clock.advance(60_000);
  assert.ok(topic.tries < 110, `${topic.tries} tries: one asks for all`);
  assert.deepEqual(told, ["held 0", "held 2", "held 4"]);
  await write(record(300, 1));
  topic.refuses = () => undefined;
  await clock.advance(30_000);
  await Promise.all(waiting);
  assert.equal(topic.letters.length, 102);
  assert.deepEqual(told.slice(3).sort(), ["freed 0", "freed 2", "freed 4"]);
});

Deno.test("when the one that asks for all is no longer ours, another asks", async () => {
  const { write, topic, clock } = world();
  topic.refuses = () => "NOT_ENOUGH_REPLICAS";
  const lost = new AbortController();
  const first = write(record(1), lost.signal);
  await settle();
  const second = write(record(2));
  const third = write(record(3));
  await settle();
  lost.abort(new Error("moved"));
  await assert.rejects(first, /moved/);
  topic.refuses = () => undefined;
  await clock.advance(2_000);
  await Promise.all([second, third]);
  assert.deepEqual(offsets(topic.letters).sort(), [2, 3]);
});

Deno.test("one that waits for another to ask ends at once when it is no longer ours", async () => {
  const { write, topic, told, clock, stop } = world();
  topic.refuses = () => "KAFKA_STORAGE_ERROR";
  const all = [write(record(1)), write(record(2)), write(record(3, 2))];
  await settle();
  stop.abort(new Error("stopping"));
  for (const one of await Promise.allSettled(all)) assert.equal(one.status, "rejected");
  assert.equal(clock.pending, 0);
  assert.deepEqual(told.sort(), ["freed 0", "freed 2", "held 0", "held 2"]);
});

Deno.test("what is too large is trimmed, then a pointer if that is wanted, and holds nobody", async () => {
  const { write, topic, told } = world({ tooLarge: "pointer", headerSets: ["spring"] });
  const sizes: number[] = [];
  topic.refuses = ({ headers, value }) => {
    sizes.push(headers!.length);
    return text.decode(value!).startsWith("value") ? "MESSAGE_TOO_LARGE" : undefined;
  };
  await write(record(1));
  assert.equal(topic.tries, 3);
  assert.ok(sizes[1]! < sizes[0]!, "without the headers for other tools");
  assert.equal(JSON.parse(text.decode(topic.letters[0]!.value!)).original_value_bytes, 7);
  assert.deepEqual(told, []);
});

Deno.test("what is too large is held without a pointer, others of the same partition are written", async () => {
  const { write, topic, told, clock, writer } = world();
  topic.refuses = ({ value }) => text.decode(value!) === "value 1" ? "RECORD_LIST_TOO_LARGE" : undefined;
  const large = write(record(1));
  await settle();
  await write(record(2));
  assert.deepEqual(offsets(topic.letters), [2]);
  assert.deepEqual(told, ["held 0"]);
  assert.match(writer.holds[0]!.why, /raise max\.message\.bytes of orders-dlq .* DLQ_TOO_LARGE=pointer/);
  topic.refuses = () => undefined;
  await clock.advance(30_000);
  await large;
  assert.equal(text.decode(topic.letters[1]!.value!), "value 1", "exactly the record");
});

Deno.test("json that is too large is written raw", async () => {
  const { write, topic } = world({ format: "json", toJson: (value) => ({ text: text.decode(value) }) });
  topic.refuses = ({ value }) => value!.length > 100 ? "MESSAGE_TOO_LARGE" : undefined;
  await write(record(1));
  assert.equal(text.decode(topic.letters[0]!.value!), "value 1");
  topic.refuses = () => undefined;
  await write(record(2));
  assert.deepEqual(JSON.parse(text.decode(topic.letters[1]!.value!)).original_value, { text: "value 2" });
});

Deno.test("json of a value that cannot be decoded holds its bytes", async () => {
  const { write, topic } = world({
    format: "json",
    toJson: () => {
      throw new RangeError("no such branch");
    },
  });
  await write(record(1));
  const { original_value, original_value_encoding } = JSON.parse(text.decode(topic.letters[0]!.value!));
  assert.equal(original_value_encoding, "base64");
  assert.equal(text.decode(Uint8Array.fromBase64(original_value)), "value 1");
});
