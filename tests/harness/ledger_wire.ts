import type { CommitSeen, ProduceTry } from "./ledger.ts";
import type { ProxyEvent } from "./kafka_proxy.ts";
import { recordHeaders } from "./kafka_proxy_records.ts";
import type { Action } from "./kafka_proxy_relay.ts";
import type { PartitionAnswer } from "./kafka_proxy_responses.ts";
import type { RequestInfo } from "./kafka_proxy_rules.ts";

/**
 * Whether the client, which asked at this moment (monotonic milliseconds), ran while it waited: a process that stood still
 * may not have read an answer that came in time.
 */
export type Ran = (at: number) => boolean;

const ALWAYS: Ran = () => true;

/** A request as it went over the wire, with its answer where one was given. */
interface Exchange {
  readonly at: number;
  readonly request: RequestInfo;
  readonly action: Action;
  answer?: { readonly at: number; readonly action: Action; readonly answers: readonly PartitionAnswer[] };
}

/**
 * Every Produce of a topic that went over the wire. An answer that took longer than `answeredWithinMs` counts as none:
 * give half the client's request timeout, so that a client that is slow to read it is in doubt with reason. So does one
 * to a client that did not run.
 */
export function produceTries(
  events: readonly ProxyEvent[],
  { topic, answeredWithinMs, ran = ALWAYS }: {
    readonly topic: string;
    readonly answeredWithinMs: number;
    readonly ran?: Ran;
  },
): ProduceTry[] {
  return exchanges(events).flatMap(({ at, request, answer }) => {
    const inTime = answer?.action === "forwarded" && answer.at - at <= answeredWithinMs &&
      ran(at - performance.timeOrigin);
    const partitions = request.produce?.topics.find((one) => one.topic === topic)?.partitions ?? [];
    return partitions.map((batch) => ({
      at,
      partition: batch.partition,
      producerId: batch.producerId,
      baseSequence: batch.baseSequence,
      records: batch.records,
      answered: inTime && errorOf(answer!.answers, topic, batch.partition) === 0,
    }));
  });
}

/** Every commit of a group that went over the wire, also those whose answer the client never got. */
export function commitsSeen(
  events: readonly ProxyEvent[],
  { group, topic }: { readonly group: string; readonly topic: string },
): CommitSeen[] {
  return exchanges(events).flatMap(({ at, request, answer }) => {
    const commit = request.offsetCommit;
    if (commit === undefined || commit.group !== group) return [];
    const { member, generation } = commit;
    return commit.offsets.filter((one) => one.topic === topic).map(({ partition, offset }) => {
      const refused = answer !== undefined && errorOf(answer.answers, topic, partition) !== 0;
      return { at, member, generation, partition, offset, refused };
    });
  });
}

/** A dead letter that the broker has taken, by what its headers say; whether or not its sender heard of it. */
export interface DeadLetterSeen {
  /** When the broker said that it has it. */
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
}

/** Every dead letter that went over the wire and was taken. */
export function deadLettersSeen(
  events: readonly ProxyEvent[],
  { topic }: { readonly topic: string },
): DeadLetterSeen[] {
  return exchanges(events).flatMap(({ request, answer }) => {
    const partitions = request.produce?.topics.find((one) => one.topic === topic)?.partitions ?? [];
    const taken = partitions.filter(({ partition }) =>
      answer !== undefined && errorOf(answer.answers, topic, partition) === 0
    );
    return taken.flatMap(({ batch }) =>
      recordHeaders(batch).map((headers) => ({
        at: answer!.at,
        partition: Number(headers.get("dlq.original_partition")),
        offset: Number(headers.get("dlq.original_offset")),
        reason: headers.get("dlq.reason") ?? "none",
      }))
    );
  });
}

/**
 * How many requests of an API met each action, the fault ledger: `{ forwarded: 900, reset: 40 }`. Those of a client that
 * did not run are left out.
 */
export function strikes(
  events: readonly ProxyEvent[],
  apiName: string,
  ran: Ran = ALWAYS,
): Partial<Record<Action, number>> {
  const counts: Partial<Record<Action, number>> = {};
  for (const { at, request, action, answer } of exchanges(events)) {
    if (request.apiName !== apiName || !ran(at - performance.timeOrigin)) continue;
    const met = action === "forwarded" ? answer?.action ?? action : action;
    counts[met] = (counts[met] ?? 0) + 1;
  }
  return counts;
}

/** What the proxy could not make sense of; for `Ledgers.trouble`. */
export function proxyTrouble(events: readonly ProxyEvent[]): string[] {
  return events.flatMap((event) => event.kind === "error" ? [`the proxy: ${event.detail}`] : []);
}

function exchanges(events: readonly ProxyEvent[]): Exchange[] {
  const open = new Map<string, Exchange>();
  const all: Exchange[] = [];
  for (const event of events) {
    if (event.kind !== "request" && event.kind !== "response") continue;
    const at = performance.timeOrigin + event.at; // ledgerNow() of that moment
    const id = `${event.connection}/${event.request.correlationId}`;
    if (event.kind === "request") {
      const exchange = { at, request: event.request, action: event.action };
      all.push(exchange);
      open.set(id, exchange);
    } else {
      const exchange = open.get(id); // none where the proxy was told to forget what was asked before
      if (exchange) exchange.answer = { at, action: event.action, answers: event.answers ?? [] };
      open.delete(id);
    }
  }
  return all;
}

function errorOf(answers: readonly PartitionAnswer[], topic: string, partition: number): number | undefined {
  return answers.find((one) => one.topic === topic && one.partition === partition)?.errorCode;
}
