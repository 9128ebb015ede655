import assert from "node:assert/strict";
import { systemClock } from "../../lib/core/clock.ts";
import { settleWithin } from "../../lib/core/settle_within.ts";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { assertInvariants } from "../harness/check_invariants.ts";
import type { Scale } from "../harness/fault.ts";
import { type KafkaProxy, startKafkaProxy } from "../harness/kafka_proxy.ts";
import type { Action } from "../harness/kafka_proxy_relay.ts";
import type { Act, Rule } from "../harness/kafka_proxy_rules.ts";
import type { PlannedFault } from "../harness/ledger.ts";
import { LedgerBook } from "../harness/ledger_book.ts";
import { orderValue, readLog } from "../harness/ledger_log.ts";
import { produceTries, proxyTrouble, strikes } from "../harness/ledger_wire.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { createTopic } from "../harness/topics.ts";

const REQUEST_TIMEOUT_MS = 300;
const BATCH = 2;
/** The batch that is struck, and one that waits behind it. */
const ORDERS = 2 * BATCH;
/** No point takes longer: a request timeout, and the way back. */
const MAX_POINT_MS = 5 * REQUEST_TIMEOUT_MS;
const WEDGED_MS = 10_000;
/** Every how-manieth byte is a point, in each way of ending. */
const STEP = { ci: 9, full: 1 } as const;
const HALF_OPEN = { ci: 2, full: 10 } as const;
const utf8 = new TextEncoder();

/**
 * The connection ends at every point of a Produce request and of its answer, in order and hard; or it stays and nothing
 * passes any more. At each point one producer goes on: what it acknowledges stands in the log, in order, and the
 * connection that replaces the broken one does not read what was left of the old.
 */
export default async function (stack: RealStack, scale: Scale, seed: number): Promise<string> {
  const topic = await createTopic(stack, "connections-cut", 1);
  const proxy = await startKafkaProxy({ upstreams: stack.brokers, seed });
  const sender = new Sender(proxy, topic);
  try {
    const sizes = await measure(proxy, sender);
    const points = [
      ...cutsOf(sizes, STEP[scale]),
      ...Array.from({ length: HALF_OPEN[scale] }, (): Act => "swallow"),
    ];
    let longestMs = 0;
    for (const act of points) longestMs = Math.max(longestMs, await sender.under(act));
    assert.ok(longestMs <= MAX_POINT_MS, `the slowest point took ${Math.round(longestMs)} ms`);
    const frozenMs = await sender.whileFrozen();
    assert.equal(await sender.producer.close(5_000), true, "everything was answered");
    await judge(stack, { proxy, topic, points, book: sender.book, seed });
    return `${points.length} points (request of ${sizes.request} bytes, answer of ${sizes.answer}): all acknowledged, in ` +
      `order, at most ${Math.round(longestMs)} ms; frozen for 1 s: ${Math.round(frozenMs)} ms`;
  } finally {
    await proxy.close();
  }
}

/** One producer, through all that happens to its connections. */
class Sender {
  readonly book = new LedgerBook("ours");
  readonly producer: Producer;
  readonly #proxy: KafkaProxy;
  readonly #topic: string;
  #sent = 0;

  constructor(proxy: KafkaProxy, topic: string) {
    this.#proxy = proxy;
    this.#topic = topic;
    this.producer = new Producer({
      open: producerSessions({
        brokers: proxy.brokers,
        clientId: "connections-cut",
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        retry: { retries: 5, initialRetryTime: 20, maxRetryTime: 100 },
      }),
      batch: { lingerMs: 0, maxRecords: BATCH, maxBytes: 900_000 },
      slots: 1,
    });
  }

  /** Sends some orders of one user, the first of which meet `act`; resolves with how long it took. */
  async under(act: Act): Promise<number> {
    const rule: Rule = { match: ({ apiName }) => apiName === "Produce", act, times: 1 };
    this.#proxy.rules.add(rule);
    const tookMs = await this.some(JSON.stringify(act));
    this.#proxy.rules.remove(rule);
    return tookMs;
  }

  /** Nothing passes for a second, on connections that are there and on new ones. */
  async whileFrozen(): Promise<number> {
    this.#proxy.pause();
    const sending = this.some("frozen");
    await systemClock.sleep(1_000);
    this.#proxy.resume();
    return await sending;
  }

  async some(what: string): Promise<number> {
    const startedAt = systemClock.monotonic();
    const sends = Array.from({ length: ORDERS }, () => this.#one());
    const done = await settleWithin(Promise.all(sends), WEDGED_MS, systemClock);
    assert.ok(done, `the producer is wedged after ${what}: ${this.producer.troubles().join("; ")}`);
    return systemClock.monotonic() - startedAt;
  }

  #one(): Promise<void> {
    const seq = ++this.#sent;
    // Always of the same length, so that a point is the same point in every request.
    const order = { id: `order-${String(seq).padStart(6, "0")}`, key: "alice", seq: 100_000 + seq };
    return this.book.send(order, () =>
      this.producer.send({
        topic: this.#topic,
        partition: 0,
        key: utf8.encode(order.key),
        value: utf8.encode(orderValue(order)),
      }));
  }
}

interface Sizes {
  readonly request: number;
  readonly answer: number;
}

/** How many bytes a Produce and its answer are, the sizes in front included. */
async function measure(proxy: KafkaProxy, sender: Sender): Promise<Sizes> {
  let answer = 0;
  await sender.under({ rewrite: (response) => (answer = response.length + 4, response) });
  const produce = proxy.events.find((event) =>
    event.kind === "request" && event.request.apiName === "Produce"
  );
  assert.ok(produce?.kind === "request" && answer > 0, "a Produce was seen");
  return { request: produce.request.sizeBytes + 4, answer };
}

function cutsOf({ request, answer }: Sizes, step: number): Act[] {
  const points: Act[] = ["reset-before", "reset", "truncate"];
  for (const end of ["close", "reset"] as const) {
    for (let bytes = 1; bytes < request; bytes += step) points.push({ cutRequestAfter: bytes, end });
    points.push({ cutRequestAfter: request, end });
    for (let bytes = 0; bytes < answer; bytes += step) points.push({ cutAnswerAfter: bytes, end });
    points.push({ cutAnswerAfter: answer, end });
  }
  return points;
}

async function judge(
  stack: RealStack,
  { proxy, topic, points, book, seed }: {
    proxy: KafkaProxy;
    topic: string;
    points: readonly Act[];
    book: LedgerBook;
    seed: number;
  },
): Promise<void> {
  const seen = strikes(proxy.events, "Produce");
  const planned = Map.groupBy(points, actionOf);
  const faults: PlannedFault[] = [...planned].map(([action, acts]) => ({
    name: `Produce ${action}`,
    planned: acts.length,
    seen: seen[action] ?? 0,
  }));
  const tries = produceTries(proxy.events, { topic, answeredWithinMs: REQUEST_TIMEOUT_MS / 2 });
  const log = await readLog(stack, topic);
  const ledgers = { faults, trouble: proxyTrouble(proxy.events), sends: book.sends, tries, log };
  assertInvariants(ledgers, `seed ${seed}`);
  const unacknowledged = book.sends.filter(({ kind }) => kind !== "intent" && kind !== "ack");
  assert.deepEqual(unacknowledged, [], "everything was acknowledged");
}

function actionOf(act: Act): Action {
  if (typeof act === "string") return act;
  return "cutRequestAfter" in act ? "cut-request" : "cut-answer";
}
