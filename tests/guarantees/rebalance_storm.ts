import assert from "node:assert/strict";
import { systemRandom } from "../../lib/core/clock.ts";
import { Consumer } from "../../lib/consumer/consumer.ts";
import type { ConsumerOptions } from "../../lib/consumer/consumer_options.ts";
import { connectAdmin } from "../../lib/kafka/admin.ts";
import { createGroupMember } from "../../lib/kafka/group_member.ts";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { partitionFor } from "../../lib/producer/partitioner.ts";
import { Producer } from "../../lib/producer/producer.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { createTopic, until } from "../harness/topics.ts";

const PARTITIONS = 6;
const USERS = 997;
const RATE = 1_500;
const STORM_MS = Number(Deno.env.get("STORM_MS") ?? 30_000);

interface Effect {
  readonly sequence: number;
  readonly member: string;
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** What handlers do: they take up to 15 ms, and the given effect, unless their record is not theirs any more. */
type Handlers = (
  effect: (value: string) => void,
) => Pick<ConsumerOptions<string>, "handle" | "handleBatch">;

const upTo15Ms = () => new Promise((resolve) => setTimeout(resolve, systemRandom() * 15));

const ofOne: Handlers = (effect) => ({
  handle: async ({ value }, { signal }) => {
    await upTo15Ms();
    signal.throwIfAborted();
    effect(value);
  },
});

/** Each message ends for itself: what is not ours any more has no effect. */
const ofMany: Handlers = (effect) => ({
  handleBatch: async (messages) => {
    await upTo15Ms();
    return messages.map(({ value, signal }) => signal.aborted ? signal.reason : effect(value));
  },
});

export default (stack: RealStack) => storm(stack, ofOne);

/** The same with handlers of many. */
export const inBatches = (stack: RealStack) => storm(stack, ofMany);

/**
 * A second member joins and leaves every two seconds while orders flow and handlers take up to 15 ms. Nothing may be
 * lost, every user's orders take effect in the order they were sent, no commit may go back or be refused.
 */
async function storm(stack: RealStack, handlers: Handlers): Promise<void> {
  const topic = await createTopic(stack, "storm", PARTITIONS);
  const groupId = `storm-${topic}`;
  const producer = new Producer({
    open: producerSessions({ brokers: stack.brokers, clientId: "storm" }),
    batch: { lingerMs: 5, maxRecords: 1_000, maxBytes: 900_000 },
  });
  const effects = new Map<string, Effect[]>();
  let commitFailures = 0;
  let joins = 0;

  const startMember = (member: string) => {
    const consumer = new Consumer<string>({
      groupId,
      createMember: (listener) =>
        createGroupMember({
          brokers: stack.brokers,
          clientId: member,
          groupId,
          topic,
          offsetReset: "earliest",
          sessionTimeoutMs: 10_000,
        }, listener),
      decode: (value) => text.decode(value),
      keyOf: (value) => value.split(":")[0]!,
      ...handlers((value) => {
        const [user, sequence] = value.split(":");
        if (!effects.has(user!)) effects.set(user!, []);
        effects.get(user!)!.push({ sequence: Number(sequence), member });
      }),
      deadLetters: {
        topic,
        partitions: PARTITIONS,
        send: () => Promise.reject(new Error("nothing may be dead-lettered")),
      },
      sessionTimeoutMs: 10_000,
      concurrency: 100,
      events: { commitFailed: () => commitFailures++, rebalanced: () => joins++ },
    });
    consumer.start();
    return consumer;
  };

  const admin = await connectAdmin({ brokers: stack.brokers, clientId: "storm-watch" });
  const highest = new Map<number, number>();
  let wentBack = 0;
  let watching = true;
  const watch = (async () => {
    while (watching) {
      for (const { partition, committed } of await admin.lag(groupId, topic).catch(() => [])) {
        if (committed === undefined) continue;
        if (committed < (highest.get(partition) ?? 0)) wentBack++;
        highest.set(partition, committed);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();

  const steady = startMember("steady");
  const startedAt = Date.now();
  const sent = new Map<string, number>();
  const acknowledgements: Promise<unknown>[] = [];
  let total = 0;
  const sending = (async () => {
    while (Date.now() - startedAt < STORM_MS) {
      const due = Math.floor((Date.now() - startedAt) * RATE / 1_000);
      for (; total < due; total++) {
        const user = `user-${total % USERS}`;
        const sequence = sent.get(user) ?? 0;
        sent.set(user, sequence + 1);
        const key = utf8.encode(user);
        const record = {
          topic,
          partition: partitionFor(key, PARTITIONS),
          key,
          value: utf8.encode(`${user}:${sequence}`),
        };
        acknowledgements.push(producer.send(record));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();

  let rounds = 0;
  while (Date.now() - startedAt < STORM_MS) {
    const guest = startMember(`guest-${rounds++}`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await guest.stop(5_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await sending;
  await Promise.all(acknowledgements);
  const processed = () =>
    [...effects.values()].reduce((sum, list) => sum + new Set(list.map((one) => one.sequence)).size, 0);
  await until("the processing of every order", () => processed() >= total, 30_000);
  await steady.stop(5_000);
  const lag = await admin.lag(groupId, topic);
  watching = false;
  await watch;
  await admin.close();
  assert.equal(await producer.close(5_000), true);

  let lost = 0;
  let repeated = 0;
  let inversions = 0;
  for (const [user, count] of sent) {
    const first: number[] = [];
    const seen = new Set<number>();
    for (const { sequence } of effects.get(user) ?? []) {
      if (seen.has(sequence)) repeated++;
      else first.push(sequence);
      seen.add(sequence);
    }
    lost += count - seen.size;
    inversions += first.filter((sequence, index) => index > 0 && sequence < first[index - 1]!).length;
  }
  const seen = { total, rounds, joins, lost, repeated, inversions, commitFailures, wentBack };
  console.log(seen);
  assert.ok(rounds >= 4 && joins >= rounds * 2, `the storm must be seen to happen: ${JSON.stringify(seen)}`);
  assert.deepEqual({ lost, repeated, inversions, wentBack }, {
    lost: 0,
    repeated: 0,
    inversions: 0,
    wentBack: 0,
  });
  assert.equal(lag.reduce((sum, one) => sum + one.lag, 0), 0);
}
