import type { ParsedRequest } from "./kafka_proxy_requests.ts";
import { seededRandom } from "./seeded_random.ts";

/** A request as a rule sees it. */
export interface RequestInfo extends ParsedRequest {
  /** Index into `KafkaProxy.brokers`. */
  readonly broker: number;
  /** The how-manieth request of this API the proxy sees, over all brokers and connections; from 1. */
  readonly count: number;
}

/**
 * What happens to a request that a rule matches. All but the ones that say so let the broker process it first.
 *
 * `drop-response`: the client never gets the answer, the connection stays. `reset`: the connection is reset in place of
 * the answer. `reset-before`: it is reset before the broker gets the request. `truncate`: half the answer, then closed.
 * `swallow`: neither this request nor anything after it, in both directions, arrives; the connection stays (half-open).
 * `cutRequestAfter`: the broker gets that many bytes of the request, size included, then both sides are cut off.
 * `cutAnswerAfter`: the same for the answer and the client. `delayMs`: the answer and all that follow it on this
 * connection come later. `rewrite`: gets the answer from the correlation id on, without the size, and gives another.
 * `answer`: the broker never gets the request; this is its answer, from the correlation id on.
 */
export type Act =
  | "drop-response"
  | "reset"
  | "reset-before"
  | "truncate"
  | "swallow"
  | { readonly cutRequestAfter: number; readonly end: "close" | "reset" }
  | { readonly cutAnswerAfter: number; readonly end: "close" | "reset" }
  | { readonly delayMs: number }
  | { readonly rewrite: (response: Uint8Array, request: RequestInfo) => Uint8Array }
  | { readonly answer: (request: RequestInfo) => Uint8Array };

/** One fault to inject. */
export interface Rule {
  readonly match: (request: RequestInfo) => boolean;
  /** As a function: made anew for each strike, out of the proxy's seeded chance. */
  readonly act: Act | ((random: () => number) => Act);
  /** How often it strikes; without it, every time. */
  readonly times?: number;
  /** How likely a match strikes, 0 to 1, drawn from the proxy's seeded chance; without it, always. */
  readonly probability?: number;
}

/** The rules in force: the first that matches strikes. */
export class Rules {
  #left = new Map<Rule, number>();
  readonly #random: () => number;

  constructor(rules: readonly Rule[], seed: number) {
    this.#random = seededRandom(seed);
    for (const rule of rules) this.add(rule);
  }

  /** Puts a rule behind the others; adding it again makes all its `times` available once more. */
  add(rule: Rule): void {
    this.#left.set(rule, rule.times ?? Infinity);
  }

  remove(rule: Rule): void {
    this.#left.delete(rule);
  }

  /** What to do with this request; spends one of the rule's `times`. */
  actFor(request: RequestInfo): Act | undefined {
    for (const [rule, left] of this.#left) {
      if (left === 0 || !rule.match(request)) continue;
      if (rule.probability !== undefined && this.#random() >= rule.probability) continue;
      this.#left.set(rule, left - 1);
      return typeof rule.act === "function" ? rule.act(this.#random) : rule.act;
    }
  }
}
