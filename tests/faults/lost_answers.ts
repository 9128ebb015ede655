import assert from "node:assert/strict";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { assertInvariants, checkInvariants } from "../harness/check_invariants.ts";
import { naiveProducer } from "../harness/kafka_naive_control.ts";
import { type KafkaProxy, startKafkaProxy } from "../harness/kafka_proxy.ts";
import type { Act, RequestInfo, Rule } from "../harness/kafka_proxy_rules.ts";
import type { Ledgers, PlannedFault } from "../harness/ledger.ts";
import { LedgerBook, type LedgerOrder, type Place } from "../harness/ledger_book.ts";
import { orderValue, readLog } from "../harness/ledger_log.ts";
import { produceTries, proxyTrouble, strikes } from "../harness/ledger_wire.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { seededRandom } from "../harness/seeded_random.ts";
import { partitionOf, runSenders } from "../harness/senders.ts";
import { createTopic } from "../harness/topics.ts";

const SENDERS = 64;
const USERS = 200;
const PARTITIONS = 6;
const SLOTS = 3;
const REQUEST_TIMEOUT_MS = 300;
/** Shorter than kafkajs gives up by itself, so that sessions are replaced, and batches sent again by another one. */
const RETRY = { retries: 2, initialRetryTime: 50, maxRetryTime: 200 };

type Fault = "drop-response" | "delay" | "reset" | "reset-before" | "cut-answer" | "cut-request";

/** How each kind strikes, and how many requests of a hundred it meets. A Produce answer is about 80 bytes. */
const FAULTS: Readonly<Record<Fault, { percent: number; act: (random: () => number) => Act }>> = {
  "drop-response": { percent: 9, act: () => "drop-response" },
  "delay": { percent: 6, act: (random) => ({ delayMs: between(random, REQUEST_TIMEOUT_MS + 150, 1_500) }) },
  "reset": { percent: 6, act: () => "reset" },
  "reset-before": { percent: 5, act: () => "reset-before" },
  "cut-answer": {
    percent: 6,
    act: (random) => ({ cutAnswerAfter: between(random, 0, 70), end: random() < 0.5 ? "close" : "reset" }),
  },
  "cut-request": {
    percent: 5,
    act: (random) => ({ cutRequestAfter: between(random, 1, 200), end: random() < 0.5 ? "close" : "reset" }),
  },
};

/**
 * Answers to Produce requests are lost, delayed past the request timeout, or cut, under 64 concurrent senders. Nothing
 * acknowledged is missing or stands elsewhere, repeats are of ambiguous tries only, every user's order is kept. Plain
 * kafkajs, under the same faults, loses what it acknowledged.
 */
export default async function (stack: RealStack, scale: "ci" | "full", seed = 1): Promise<string> {
  const faults = scale === "full" ? 1_000 : 100;
  const ours = await underFaults(stack, { name: "ours", seed, faults, open: openOurs });
  assertInvariants(ours.ledgers, `seed ${seed}`);
  const naive = await underFaults(stack, {
    name: "naive",
    seed,
    faults: scale === "full" ? 100 : 10,
    open: openNaive,
  });
  const lost = lossesOf(naive.ledgers);
  assert.ok(
    lost > 0,
    `the control must lose an acknowledged order, or this proves nothing (seed ${seed})`,
  );
  return `${ours.summary}; kafkajs as its manual shows, under ${naive.seen} of them: ${lost} acknowledged and lost`;
}

interface Sender {
  send(order: LedgerOrder): Promise<Place>;
  close(): Promise<void>;
}

interface Run {
  readonly name: "ours" | "naive";
  readonly seed: number;
  readonly faults: number;
  readonly open: (target: { brokers: readonly string[]; topic: string }) => Promise<Sender>;
}

async function underFaults(stack: RealStack, { name, seed, faults, open }: Run) {
  const topic = await createTopic(stack, `lost-answers-${name}`, PARTITIONS);
  const proxy = await startKafkaProxy({ upstreams: stack.brokers, seed });
  const sender = await open({ brokers: proxy.brokers, topic });
  const rules = Object.values(FAULTS).map(({ act }, index) => rule(act, shareOfTheRest(index)));
  for (const one of rules) proxy.rules.add(one);
  const book = new LedgerBook(name);
  const startedAt = performance.now();
  try {
    await runSenders({
      senders: SENDERS,
      users: USERS,
      maxPauseMs: 40,
      random: seededRandom(seed),
      book,
      deliver: (order) => sender.send(order),
      enough: () => seenFaults(proxy) >= faults,
    });
    for (const one of rules) proxy.rules.remove(one);
    await sender.close();
  } finally {
    await proxy.close();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const tries = produceTries(proxy.events, { topic, answeredWithinMs: REQUEST_TIMEOUT_MS / 2 });
  const log = await readLog(stack, topic);
  const sessions = new Set(tries.map(({ producerId }) => producerId)).size;
  const ledgers: Ledgers = {
    faults: [...plannedFaults(proxy, faults), {
      name: "session replaced",
      planned: SLOTS + 1,
      seen: sessions,
    }],
    trouble: proxyTrouble(proxy.events),
    sends: book.sends,
    tries,
    log,
  };
  const seen = seenFaults(proxy);
  const acks = book.sends.filter(({ kind }) => kind === "ack").length;
  const repeats = log.length - new Set(log.map(({ id }) => id)).size;
  const summary =
    `${seen} faults seen, ${acks} orders acknowledged in ${seconds.toFixed(0)} s by ${sessions} sessions: ` +
    `0 false, 0 lost, ${repeats} repeats, all of ambiguous tries`;
  return { ledgers, seen, summary };
}

/** The rules are asked in turn: each takes its share of what those before it left. */
function shareOfTheRest(index: number): number {
  const percents = Object.values(FAULTS).map(({ percent }) => percent);
  const before = percents.slice(0, index).reduce((sum, percent) => sum + percent, 0);
  return percents[index]! / (100 - before);
}

function rule(act: Rule["act"], probability: number): Rule {
  return { match: ({ apiName }: RequestInfo) => apiName === "Produce", act, probability };
}

function seenFaults(proxy: KafkaProxy): number {
  const { forwarded: _, ...struck } = strikes(proxy.events, "Produce");
  return Object.values(struck).reduce((sum, count) => sum + count, 0);
}

/** The whole number, and of each kind at least half of what is its share. */
function plannedFaults(proxy: KafkaProxy, faults: number): PlannedFault[] {
  const seen = strikes(proxy.events, "Produce");
  const whole = Object.values(FAULTS).reduce((sum, { percent }) => sum + percent, 0);
  const kinds = Object.entries(FAULTS).map(([name, { percent }]) => ({
    name: `Produce ${name}`,
    planned: Math.floor(faults * percent / whole / 2),
    seen: seen[name as Fault] ?? 0,
  }));
  return [{ name: "Produce, any", planned: faults, seen: seenFaults(proxy) }, ...kinds];
}

function openOurs({ brokers, topic }: { brokers: readonly string[]; topic: string }): Promise<Sender> {
  const producer = new Producer({
    open: producerSessions({
      brokers,
      clientId: "lost-answers",
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      retry: RETRY,
    }),
    batch: { lingerMs: 2, maxRecords: 20, maxBytes: 900_000 },
    slots: SLOTS,
  });
  const utf8 = new TextEncoder();
  return Promise.resolve({
    send: (order) =>
      producer.send({
        topic,
        partition: partitionOf(order.key, PARTITIONS),
        key: utf8.encode(order.key),
        value: utf8.encode(orderValue(order)),
      }),
    close: async () => assert.equal(await producer.close(10_000), true, "everything was answered"),
  });
}

function openNaive({ brokers, topic }: { brokers: readonly string[]; topic: string }): Promise<Sender> {
  return naiveProducer({
    brokers,
    topic,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    retry: { ...RETRY, retries: 5 },
  });
}

function lossesOf(ledgers: Ledgers): number {
  const verdict = checkInvariants(ledgers);
  return verdict.result !== "fail"
    ? 0
    : verdict.violations.filter(({ invariant }) => invariant === "I1 no loss").length;
}

function between(random: () => number, from: number, to: number): number {
  return from + Math.floor(random() * (to - from));
}
