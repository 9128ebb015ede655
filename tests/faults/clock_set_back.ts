import assert from "node:assert/strict";
import { systemClock } from "../../lib/core/clock.ts";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { assertInvariants } from "../harness/check_invariants.ts";
import type { Scale } from "../harness/fault.ts";
import { type KafkaProxy, type ProxyEvent, startKafkaProxy } from "../harness/kafka_proxy.ts";
import type { Act } from "../harness/kafka_proxy_rules.ts";
import { int32 } from "../harness/kafka_proxy_wire.ts";
import { LedgerBook } from "../harness/ledger_book.ts";
import { orderValue, readLog } from "../harness/ledger_log.ts";
import { produceTries, proxyTrouble, strikes } from "../harness/ledger_wire.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { seededRandom } from "../harness/seeded_random.ts";
import { partitionOf, runSenders } from "../harness/senders.ts";
import { createTopic, until } from "../harness/topics.ts";
import { withClockOff } from "../harness/wall_clock.ts";

const PARTITIONS = 3;
const REQUEST_TIMEOUT_MS = 300;
/** The pause that the client is asked for. */
const THROTTLE_MS = 800;
const AWAY_MS = 800;
/** An hour back; and half an hour forward, since a broker refuses records from more than an hour ahead. */
const HOURS = [-1, 0.5];
const ROUNDS = { ci: 1, full: 20 } as const;
/** Nothing rests for longer: what the fault takes, and the way back. By the wall clock it would be an hour. */
const MAX_REST_MS = 2_500;
const WEDGED_MS = 10_000;

/**
 * The wall clock is set back an hour, or forward, and then right, under load: while an answer is lost, while the broker
 * asks for a pause, and while it is away. Nothing waits for the hour to pass, the pause is kept, nothing is lost.
 */
export default async function (stack: RealStack, scale: Scale, seed: number): Promise<string> {
  const topic = await createTopic(stack, "clock-set-back", PARTITIONS);
  const proxy = await startKafkaProxy({ upstreams: stack.brokers, seed });
  const run = startLoad(proxy, topic, seed);
  let shortestPauseMs = Infinity;
  try {
    await run.moreAcks();
    for (let round = 0; round < ROUNDS[scale]; round++) {
      for (const hours of HOURS) {
        await once(proxy, "drop-response");
        await withClockOff(hours, run.moreAcks);
        const asked = await once(proxy, { rewrite: askForPause });
        await systemClock.sleep(50); // until the client has read it
        await withClockOff(hours, run.moreAcks);
        shortestPauseMs = Math.min(shortestPauseMs, pauseAfter(proxy, asked));
        proxy.refuse(true);
        proxy.cutAll();
        await withClockOff(hours, async () => {
          await systemClock.sleep(AWAY_MS);
          proxy.refuse(false);
          await run.moreAcks();
        });
      }
    }
    assert.equal(await run.end(), true, "everything was answered");
  } finally {
    await run.end();
    await proxy.close();
  }
  const seen = strikes(proxy.events, "Produce");
  const planned = ROUNDS[scale] * HOURS.length;
  assertInvariants({
    faults: [
      { name: "lost answer", planned, seen: seen["drop-response"] ?? 0 },
      { name: "pause asked for", planned, seen: seen.rewrite ?? 0 },
    ],
    trouble: proxyTrouble(proxy.events),
    sends: run.book.sends,
    tries: produceTries(proxy.events, { topic, answeredWithinMs: REQUEST_TIMEOUT_MS / 2 }),
    log: await readLog(stack, topic),
  }, `seed ${seed}`);
  const acks = run.book.sends.filter(({ kind }) => kind === "ack").map(({ at }) => at);
  const longestMs = Math.max(...acks.map((at, index) => at - (acks[index - 1] ?? at)));
  assert.ok(
    longestMs <= MAX_REST_MS,
    `nothing was acknowledged for ${Math.round(longestMs)} ms (seed ${seed})`,
  );
  assert.ok(
    shortestPauseMs >= THROTTLE_MS * 0.95,
    `the broker's pause was cut to ${shortestPauseMs} ms (seed ${seed})`,
  );
  return `the clock set ${
    planned * 3
  } times and right again, ${acks.length} orders acknowledged: 0 lost, order kept, ` +
    `at most ${Math.round(longestMs)} ms without an answer, pauses of ${THROTTLE_MS} ms kept`;
}

/** One session under load, until `end`. */
function startLoad(proxy: KafkaProxy, topic: string, seed: number) {
  const producer = new Producer({
    open: producerSessions({
      brokers: proxy.brokers,
      clientId: "clock-set-back",
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      retry: { retries: 16, initialRetryTime: 50, maxRetryTime: 200 },
    }),
    batch: { lingerMs: 2, maxRecords: 20, maxBytes: 900_000 },
    slots: 1,
  });
  const book = new LedgerBook("ours");
  const utf8 = new TextEncoder();
  let over = false;
  const sending = runSenders({
    senders: 16,
    users: 60,
    maxPauseMs: 30,
    random: seededRandom(seed),
    book,
    deliver: (order) =>
      producer.send({
        topic,
        partition: partitionOf(order.key, PARTITIONS),
        key: utf8.encode(order.key),
        value: utf8.encode(orderValue(order)),
      }),
    enough: () => over,
  });
  const acks = () => book.sends.filter(({ kind }) => kind === "ack").length;
  let ended: Promise<boolean> | undefined;
  return {
    book,
    /** Waits for some orders to be acknowledged. */
    async moreAcks() {
      const before = acks();
      await until("the acknowledgement of more orders", () => acks() >= before + 40, WEDGED_MS);
    },
    /** Resolves with whether everything was answered; may be called again. */
    end() {
      over = true;
      return ended ??= producer.close(5_000).finally(() => sending);
    },
  };
}

/** Resolves when a Produce has met `act`, with that event. */
async function once(proxy: KafkaProxy, act: Act): Promise<ProxyEvent & { kind: "response" }> {
  const before = proxy.events.length;
  proxy.rules.add({ match: ({ apiName }) => apiName === "Produce", act, times: 1 });
  const met = () =>
    proxy.events.slice(before).find((event): event is ProxyEvent & { kind: "response" } =>
      event.kind === "response" && event.action !== "forwarded"
    );
  await until("the fault", () => met() !== undefined, WEDGED_MS);
  return met()!;
}

/** A Produce answer with which the broker asks for a pause: its last four bytes say for how long. */
function askForPause(response: Uint8Array): Uint8Array {
  const asking = response.slice();
  asking.set(int32(THROTTLE_MS), asking.length - 4);
  return asking;
}

/** How long no Produce followed this answer. Another request may have been on its way already. */
function pauseAfter(proxy: KafkaProxy, answer: ProxyEvent): number {
  const next = proxy.events.find((event) =>
    event.kind === "request" && event.request.apiName === "Produce" &&
    event.connection === answer.connection &&
    event.at > answer.at
  );
  assert.ok(next, "the connection was used again after the pause");
  return next.at - answer.at;
}
