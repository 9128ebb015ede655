import { DeliveryError } from "../../lib/producer/delivery_error.ts";
import {
  type EffectEntry,
  type LedgerEntry,
  ledgerNow,
  type LifeEntry,
  type SendEntry,
  type SendFact,
} from "./ledger.ts";

/** An order as the ledgers know it. */
export interface LedgerOrder {
  readonly id: string;
  readonly key: string;
  readonly seq: number;
}

/** Where a record came to lie. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** The ledgers of one process, in memory and, for one that is killed, line by line in a file (see `ledgerLines`). */
export class LedgerBook {
  readonly sends: SendEntry[] = [];
  readonly effects: EffectEntry[] = [];
  readonly life: LifeEntry[] = [];
  readonly #run: string;
  readonly #write: ((line: string) => void) | undefined;

  /** `write` is given every entry as a line before the call that made it returns. */
  constructor(run: string, write?: (line: string) => void) {
    this.#run = run;
    this.#write = write;
  }

  /** Sends an order and writes down what was meant and what was answered; rejects only for what is no answer. */
  async send(order: LedgerOrder, deliver: () => Promise<Place>): Promise<void> {
    const { id, key, seq } = order;
    this.#sent({ kind: "intent", id, key, seq });
    try {
      const { partition, offset } = await deliver();
      this.#sent({ kind: "ack", id, partition, offset });
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      this.#sent({ kind: error.definite ? "definite" : "unknown", id, error: error.code });
    }
  }

  /** Writes down an effect; call it where the effect is. */
  effect(effect: Omit<EffectEntry, "kind" | "at" | "run">): void {
    this.#keep(this.effects, { ...effect, kind: "effect", ...this.#stamp() });
  }

  /** Writes down something in the life of the process. */
  lived(what: string): void {
    this.#keep(this.life, { kind: "life", what, ...this.#stamp() });
  }

  #sent(fact: SendFact): void {
    this.#keep(this.sends, { ...fact, ...this.#stamp() });
  }

  #keep<T extends LedgerEntry>(book: T[], entry: T): void {
    book.push(entry);
    this.#write?.(`${JSON.stringify(entry)}\n`);
  }

  #stamp(): { at: number; run: string } {
    return { at: ledgerNow(), run: this.#run };
  }
}

/** The entries of a ledger file. A last line without its end is what a kill left of it, and does not count. */
export function ledgerLines(text: string): LedgerEntry[] {
  const lines = text.split("\n");
  lines.pop();
  return lines.map((line) => JSON.parse(line));
}
