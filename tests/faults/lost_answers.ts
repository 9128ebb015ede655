import assert from "node:assert/strict";
import { systemClock } from "../../lib/core/clock.ts";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { assertInvariants, checkInvariants } from "../harness/check_invariants.ts";
import type { Scale } from "../harness/fault.ts";
import { naiveProducer } from "../harness/kafka_naive_control.ts";
import { startKafkaProxy } from "../harness/kafka_proxy.ts";
import type { Ledgers } from "../harness/ledger.ts";
import { LoopWatch } from "../harness/loop_watch.ts";
import { LedgerBook, type LedgerOrder, type Place } from "../harness/ledger_book.ts";
import { orderValue, readLog } from "../harness/ledger_log.ts";
import { produceTries, proxyTrouble } from "../harness/ledger_wire.ts";
import { ProduceFaults } from "../harness/produce_faults.ts";
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
/** So many times as many as are wanted may strike at moments in which this process stood still. */
const MOST_STRUCK = 5;
/** Counting goes through everything that the proxy saw, and is done in this process, too. */
const COUNT_EVERY_MS = 250;
/** Of a producer that gives up: about two tries. */
const DEADLINE_MS = 600;
const FAULTS = {
  ci: { patient: 100, withDeadline: 50, naive: 10 },
  full: { patient: 1_000, withDeadline: 500, naive: 100 },
} as const;

/**
 * Answers to Produce requests are lost, delayed past the request timeout, or cut, under 64 concurrent senders. Nothing
 * acknowledged is missing or stands elsewhere, repeats are of ambiguous tries only, every user's order is kept; what is
 * given up and called "not written" is not in the log. Plain kafkajs, under the same, loses what it acknowledged.
 */
export default async function (stack: RealStack, scale: Scale, seed: number): Promise<string> {
  const { patient, withDeadline, naive } = FAULTS[scale];
  const ours = await underFaults(stack, { name: "ours", seed, faults: patient, open: openOurs });
  assertInvariants(ours, `ours, seed ${seed}`);
  const given = await underFaults(stack, {
    name: "ours-with-deadline",
    seed,
    faults: withDeadline,
    open: (target) => openOurs(target, DEADLINE_MS),
  });
  assertInvariants(afterDeadlines(given), `ours with a deadline, seed ${seed}`);
  const control = await underFaults(stack, { name: "naive", seed, faults: naive, open: openNaive });
  const lost = lossesOf(control);
  assert.ok(lost > 0, `the control must lose an acknowledged order, or this proves nothing (seed ${seed})`);
  return [
    `${seenIn(ours)} faults seen: ${told(ours, "ack")} acknowledged, 0 false, 0 lost, ` +
    `${repeatsIn(ours)} repeats, all of ambiguous tries`,
    `${seenIn(given)} with a deadline of ${DEADLINE_MS} ms: ${told(given, "ack")} acknowledged, ` +
    `${told(given, "unknown")} unknown, ${told(given, "definite")} definite and not in the log`,
    `kafkajs as its manual shows, under ${seenIn(control)}: ${lost} acknowledged and lost`,
  ].join("; ");
}

interface Sender {
  send(order: LedgerOrder): Promise<Place>;
  close(): Promise<void>;
}

interface Target {
  readonly brokers: readonly string[];
  readonly topic: string;
}

interface Run {
  readonly name: string;
  readonly seed: number;
  readonly faults: number;
  readonly open: (target: Target) => Promise<Sender>;
}

async function underFaults(stack: RealStack, { name, seed, faults: count, open }: Run): Promise<Ledgers> {
  const topic = await createTopic(stack, `lost-answers-${name}`, PARTITIONS);
  const proxy = await startKafkaProxy({ upstreams: stack.brokers, seed });
  const book = new LedgerBook(name);
  const loop = new LoopWatch();
  // Senders and proxy are this process: where it stands still, an answer in time is read too late.
  const ran = (at: number) => loop.stoodStillMs(at, at + REQUEST_TIMEOUT_MS) < REQUEST_TIMEOUT_MS / 2;
  try {
    const sender = await open({ brokers: proxy.brokers, topic });
    const faults = new ProduceFaults(proxy, { requestTimeoutMs: REQUEST_TIMEOUT_MS, ran });
    let enough = false;
    const stopCounting = systemClock.every(COUNT_EVERY_MS, () => {
      // Enough that can be judged; where the machine is too busy for that, it is inconclusive.
      enough = faults.planned(count).every(({ planned, seen }) => seen >= planned) ||
        faults.struck >= count * MOST_STRUCK;
    });
    await runSenders({
      senders: SENDERS,
      users: USERS,
      maxPauseMs: 40,
      random: seededRandom(seed),
      book,
      deliver: (order) => sender.send(order),
      enough: () => enough,
    });
    stopCounting();
    faults.end();
    await sender.close();
    const tries = produceTries(proxy.events, { topic, answeredWithinMs: REQUEST_TIMEOUT_MS / 2, ran });
    const sessions = new Set(tries.map(({ producerId }) => producerId)).size;
    return {
      faults: [...faults.planned(count), { name: "session replaced", planned: SLOTS + 1, seen: sessions }],
      trouble: proxyTrouble(proxy.events),
      sends: book.sends,
      tries,
      log: await readLog(stack, topic),
    };
  } finally {
    loop.stop();
    await proxy.close();
  }
}

function openOurs({ brokers, topic }: Target, deliveryTimeoutMs?: number): Promise<Sender> {
  const producer = new Producer({
    open: producerSessions({
      brokers,
      clientId: "lost-answers",
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      retry: RETRY,
    }),
    batch: { lingerMs: 2, maxRecords: 20, maxBytes: 900_000 },
    slots: SLOTS,
    ...(deliveryTimeoutMs !== undefined && { deliveryTimeoutMs }),
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

function openNaive({ brokers, topic }: Target): Promise<Sender> {
  return naiveProducer({
    brokers,
    topic,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    retry: { ...RETRY, retries: 5 },
  });
}

/** A run in which no order was given up, in either way, did not put that to the test. */
function afterDeadlines(ledgers: Ledgers): Ledgers {
  const given = (["unknown", "definite"] as const).map((kind) => ({
    name: `order given up, ${kind}`,
    planned: 1,
    seen: told(ledgers, kind),
  }));
  return { ...ledgers, faults: [...ledgers.faults, ...given] };
}

function lossesOf(ledgers: Ledgers): number {
  const verdict = checkInvariants(ledgers);
  if (verdict.result !== "fail") return 0;
  return verdict.violations.filter(({ invariant }) => invariant === "I1 no loss").length;
}

function seenIn({ faults }: Ledgers): number {
  return faults[0]!.seen;
}

function told({ sends = [] }: Ledgers, kind: "ack" | "unknown" | "definite"): number {
  return sends.filter((entry) => entry.kind === kind).length;
}

function repeatsIn({ log = [] }: Ledgers): number {
  return log.length - new Set(log.map(({ id }) => id)).size;
}
