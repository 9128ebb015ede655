import { partitionFor } from "../../lib/producer/partitioner.ts";
import type { LedgerBook, LedgerOrder, Place } from "./ledger_book.ts";

/** Who sends what. */
export interface SendersOptions {
  readonly senders: number;
  readonly users: number;
  /** Each sender rests so long between an answer and its next order, at most. */
  readonly maxPauseMs: number;
  readonly random: () => number;
  readonly book: LedgerBook;
  readonly deliver: (order: LedgerOrder) => Promise<Place>;
  /** Asked before each order; resolves when the senders may stop. */
  readonly enough: () => boolean;
}

/**
 * Concurrent senders, each with one unanswered order at a time, until there were enough. 80 % of the orders come from
 * 20 % of the users, and one user's orders from all the senders: what was sent first is by the order of the calls.
 */
export async function runSenders(options: SendersOptions): Promise<void> {
  const { senders, users, maxPauseMs, random, book, deliver, enough } = options;
  const sent = new Map<string, number>();
  const few = Math.ceil(users / 5);
  await Promise.all(Array.from({ length: senders }, async () => {
    while (!enough()) {
      const user = random() < 0.8 ? Math.floor(random() * few) : few + Math.floor(random() * (users - few));
      const key = `user-${user}`;
      const seq = (sent.get(key) ?? 0) + 1;
      sent.set(key, seq);
      const order = { id: `${key}/${seq}`, key, seq };
      await book.send(order, () => deliver(order));
      await new Promise((resolve) => setTimeout(resolve, random() * maxPauseMs));
    }
  }));
}

/** The partition of a key, as the apps choose it. */
export function partitionOf(key: string, partitions: number): number {
  return partitionFor(new TextEncoder().encode(key), partitions);
}
