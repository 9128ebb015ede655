import assert from "node:assert/strict";
import type { ConsumerRecord, RecordHeader } from "../core/record.ts";
import { settle, TestClock } from "../testing/test_clock.ts";
import { HoldBack } from "./hold_back.ts";

const utf8 = new TextEncoder();
const header = (name: string, value: string | number): RecordHeader => [name, utf8.encode(`${value}`)];

function record(
  key: string | null,
  offset: number,
  { value = "x" as string | null, headers = [] as RecordHeader[] } = {},
): ConsumerRecord {
  return {
    topic: "orders",
    partition: 4,
    offset,
    timestamp: 0,
    key: key === null ? null : utf8.encode(key),
    value: value === null ? null : utf8.encode(value),
    headers,
  };
}

/** A dead letter of alice's, as it lies in the dead letter topic. */
function letter(offset: number, facts: Readonly<Record<string, string>> = {}): ConsumerRecord {
  const all = {
    original_topic: "orders",
    original_partition: "4",
    original_offset: `${offset}`,
    group: "billing",
    reason: "invalid",
    ...facts,
  };
  return record("alice", 1_000, {
    headers: Object.entries(all).map(([name, fact]) => header(`dlq.${name}`, fact)),
  });
}

function world(letters: readonly ConsumerRecord[] = []) {
  const clock = new TestClock();
  const waits: string[] = [];
  const topic = { away: false, reads: [] as number[] };
  const holdBack = new HoldBack({
    groupId: "billing",
    deadLetters: { topic: "dlq", partitions: 3 },
    read(partition, onRecord) {
      topic.reads.push(partition);
      if (topic.away) return Promise.reject(new Error("no right to read"));
      letters.forEach((one) => onRecord(one));
      return Promise.resolve();
    },
    waiting: (_record, { message }) => waits.push(message),
    clock,
    random: () => 0,
    maxKeys: 1,
  });
  const owned = new AbortController();
  const reason = async (one: ConsumerRecord) => (await holdBack.before(one, owned.signal))?.reason;
  return { clock, holdBack, owned, reason, topic, waits };
}

Deno.test("what the dead letters say is held when the partition becomes ours, read once and for each ownership", async () => {
  const { reason, topic, holdBack } = world([letter(10)]);
  assert.equal(await reason(record("alice", 11)), "held-behind");
  assert.equal(await reason(record("bob", 12)), undefined);
  assert.deepEqual(topic.reads, [1], "4 mod 3, once");
  const next = await holdBack.before(record("alice", 11), new AbortController().signal);
  assert.match(next!.message, /^orders\[4\]@10 of the same key is a dead letter/);
  assert.equal(topic.reads.length, 2);
});

Deno.test("dead letters of other groups, topics and partitions hold nothing", async () => {
  const others = [
    letter(10, { group: "others" }),
    letter(10, { original_topic: "payments" }),
    letter(10, { original_partition: "1" }),
  ];
  assert.equal(await world(others).reason(record("alice", 11)), undefined);
});

Deno.test("a dead letter holds what comes after it, a release lets it go, both also after a restart", async () => {
  const { reason, holdBack, owned } = world();
  assert.equal(await reason(record("alice", 10)), undefined);
  holdBack.after(record("alice", 10), "invalid", owned.signal);
  assert.equal(await reason(record("alice", 11)), "held-behind");
  holdBack.after(record("alice", 20, { value: null }), "released", owned.signal);
  assert.equal(await reason(record("alice", 21)), undefined);
  const restarted = world([
    letter(10),
    letter(11, { reason: "held-behind" }),
    letter(20, { reason: "released" }),
  ]);
  assert.equal(await restarted.reason(record("alice", 21)), undefined);
  assert.equal(await restarted.reason(record("alice", 15)), "held-behind");
});

Deno.test("what was sent back is tried, though its key is held, and so is what has no key", async () => {
  const { reason } = world([letter(10)]);
  const redriven = record("alice", 11, { headers: [header("dlq.redrive_count", 1)] });
  assert.equal(await reason(redriven), undefined);
  assert.equal(await reason(record(null, 12)), undefined);
});

Deno.test("a release is a record of a key, without a value, for this group", () => {
  const { holdBack } = world();
  const release = (group: string) => [header("dlq.release_group", group)];
  assert.equal(holdBack.isRelease(record("alice", 1, { value: null, headers: release("billing") })), true);
  assert.equal(holdBack.isRelease(record("alice", 1, { value: null, headers: release("others") })), false);
  assert.equal(holdBack.isRelease(record("alice", 1, { value: null })), false);
  assert.equal(holdBack.isRelease(record("alice", 1, { headers: release("billing") })), false);
  assert.equal(holdBack.isRelease(record(null, 1, { value: null, headers: release("billing") })), false);
});

Deno.test("nothing goes on before the dead letters can be read, and it is said why", async () => {
  const { reason, topic, waits, clock } = world([letter(10)]);
  topic.away = true;
  let answered = false;
  const held = reason(record("alice", 11)).finally(() => answered = true);
  await clock.advance(5_000);
  assert.equal(answered, false);
  assert.match(waits[0]!, /^dlq cannot be read: .*no right to read/);
  topic.away = false;
  await clock.advance(30_000);
  assert.equal(await held, "held-behind");
});

Deno.test("when no more keys can be remembered a dead letter of another one has no room", async () => {
  const { reason, holdBack, owned } = world([letter(10)]);
  await reason(record("alice", 11));
  assert.equal(holdBack.hasRoom(record("alice", 11), owned.signal), true);
  assert.equal(holdBack.hasRoom(record("bob", 12), owned.signal), false);
});

Deno.test("who waits for the dead letters ends at once when the partition is given away", async () => {
  const { reason, topic, owned, clock } = world();
  topic.away = true;
  const waiting = assert.rejects(reason(record("alice", 11)), /moved/);
  await settle();
  owned.abort(new Error("moved"));
  await waiting;
  assert.equal(clock.pending, 0);
});
