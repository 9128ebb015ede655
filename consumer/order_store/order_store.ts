import type { Order } from "@orderline/schemas";

/** What a store's failures call it, so that its breaker asks {@linkcode OrderStore.probe} whether it works again. */
export const ORDER_STORE = "order store";

/** `repeat`: the same order was there before; nothing changed. */
export type Stored = "stored" | "repeat";

/** The record that an order came in. */
export interface OrderPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Where processed orders go. The same order may be put any number of times; it takes effect once. */
export interface OrderStore {
  /**
   * Resolves when the order is durable: it survives a crash and a power cut.
   *
   * Rejects with a `Failure`: permanent `order-id-conflict` when the id is taken by an order of other content,
   * permanent `refused` when a rule of the store forbids the order, `unavailable` when the store cannot be
   * written now. Rejects with the signal's reason when it aborts before the work begins.
   */
  put(order: Order, at: OrderPlace, signal?: AbortSignal): Promise<Stored>;

  /** Resolves when the store can be written now, shown by a small write; rejects `unavailable`. */
  probe(signal?: AbortSignal): Promise<void>;

  /** Finishes what was put, then closes. What is put afterwards is rejected `unavailable`. May be called twice. */
  close(): Promise<void>;
}
