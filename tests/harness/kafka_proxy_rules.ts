import type { ParsedRequest } from "./kafka_proxy_requests.ts";

/** A request as a rule sees it. */
export interface RequestInfo extends ParsedRequest {
  /** Index into `KafkaProxy.brokers`. */
  readonly broker: number;
  /** The how-manieth request of this API the proxy sees, over all brokers and connections; from 1. */
  readonly count: number;
}

/**
 * What happens to a request that a rule matches. All but `reset-before` let the broker process it first.
 *
 * `drop-response`: the client never gets the answer, the connection stays. `reset`: the connection is closed
 * in place of the answer. `reset-before`: it is closed before the broker gets the request. `truncate`: half the
 * answer, then closed. `delayMs`: the answer and all that follow it on this connection come later. `rewrite`:
 * gets the answer from the correlation id on, without the size, and gives another.
 */
export type Act =
  | "drop-response"
  | "reset"
  | "reset-before"
  | "truncate"
  | { readonly delayMs: number }
  | { readonly rewrite: (response: Uint8Array, request: RequestInfo) => Uint8Array };

/** One fault to inject. */
export interface Rule {
  readonly match: (request: RequestInfo) => boolean;
  readonly act: Act;
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
      return rule.act;
    }
  }
}

/** mulberry32: the same seed gives the same chances. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
