import type { KafkaProxy } from "./kafka_proxy.ts";
import type { Action } from "./kafka_proxy_relay.ts";
import type { Act, Rule } from "./kafka_proxy_rules.ts";
import type { PlannedFault } from "./ledger.ts";
import { type Ran, strikes } from "./ledger_wire.ts";

type Kind = "drop-response" | "delay" | "reset" | "reset-before" | "cut-answer" | "cut-request";

interface KindOfFault {
  /** How many requests of a hundred it meets. */
  readonly percent: number;
  readonly act: (random: () => number) => Act;
}

/** Answers to Produce that are lost, late or cut: about every third. */
export class ProduceFaults {
  readonly #kinds: Readonly<Record<Kind, KindOfFault>>;
  readonly #proxy: KafkaProxy;
  readonly #rules: readonly Rule[];
  readonly #ran: Ran;

  /** In force from now on. Late answers come after `requestTimeoutMs`. What struck a client that did not `run` is not counted. */
  constructor(
    proxy: KafkaProxy,
    { requestTimeoutMs, ran }: { readonly requestTimeoutMs: number; readonly ran: Ran },
  ) {
    this.#proxy = proxy;
    this.#ran = ran;
    this.#kinds = {
      "drop-response": { percent: 9, act: () => "drop-response" },
      "delay": {
        percent: 6,
        act: (random) => ({ delayMs: between(random, requestTimeoutMs * 1.5, requestTimeoutMs * 5) }),
      },
      "reset": { percent: 6, act: () => "reset" },
      "reset-before": { percent: 5, act: () => "reset-before" },
      // A Produce answer is about 80 bytes, a request a few hundred.
      "cut-answer": {
        percent: 6,
        act: (random) => ({ cutAnswerAfter: between(random, 0, 70), end: closeOrReset(random) }),
      },
      "cut-request": {
        percent: 5,
        act: (random) => ({ cutRequestAfter: between(random, 1, 200), end: closeOrReset(random) }),
      },
    };
    let left = 100;
    this.#rules = Object.values(this.#kinds).map(({ percent, act }) => {
      const probability = percent / left; // the rules are asked in turn: each is left what those before it let pass
      left -= percent;
      return { match: ({ apiName }) => apiName === "Produce", act, probability };
    });
    for (const rule of this.#rules) proxy.rules.add(rule);
  }

  /** Lets everything pass again. */
  end(): void {
    for (const rule of this.#rules) this.#proxy.rules.remove(rule);
  }

  /** How many have struck and can be judged, as the proxy saw it. */
  get seen(): number {
    return all(strikes(this.#proxy.events, "Produce", this.#ran));
  }

  /** How many have struck in all. */
  get struck(): number {
    return all(strikes(this.#proxy.events, "Produce"));
  }

  /** For the ledgers: so many in all, and of each kind at least half of its share. */
  planned(faults: number): PlannedFault[] {
    const seen = strikes(this.#proxy.events, "Produce", this.#ran);
    const whole = Object.values(this.#kinds).reduce((sum, { percent }) => sum + percent, 0);
    const kinds = Object.entries(this.#kinds).map(([name, { percent }]) => ({
      name: `Produce ${name}`,
      planned: Math.floor(faults * percent / whole / 2),
      seen: seen[name as Kind] ?? 0,
    }));
    return [{ name: "Produce, any", planned: faults, seen: this.seen }, ...kinds];
  }
}

function all({ forwarded: _, ...struck }: Partial<Record<Action, number>>): number {
  return Object.values(struck).reduce((sum, count) => sum + count, 0);
}

function between(random: () => number, from: number, to: number): number {
  return Math.floor(from + random() * (to - from));
}

function closeOrReset(random: () => number): "close" | "reset" {
  return random() < 0.5 ? "close" : "reset";
}
