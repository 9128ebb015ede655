import type { Order } from "@orderline/schemas";
import { permanent, unavailable } from "@orderline/lib/core/failure";
import { shown } from "@orderline/lib/core/shown";
import { type OrderContent, orderIdConflict } from "./order_conflict.ts";
import type { OrderPlace, Stored } from "./order_store.ts";

/** One order of a batch, with its place. */
export interface BatchItem {
  readonly order: Order;
  readonly at: OrderPlace;
}

/** What became of one order of a batch that was committed. */
export type ItemResult = Stored | { readonly conflict: OrderContent } | { readonly refused: string };

/**
 * Writes a batch in one transaction; resolves, when it is durable, with one result for each order. Rejects with the
 * `Failure` that every order of the batch is answered with.
 */
export type WriteBatch = (batch: readonly BatchItem[]) => Promise<readonly ItemResult[]>;

/** How batches are written. */
export interface GroupCommitOptions {
  /** Orders in a batch, at most; default 1,000. */
  readonly maxOrders?: number;
  /** Batches on their way at once, at most; default 1. The second waits beside the writer for the first to be done. */
  readonly maxUnderWay?: number;
}

const MAX_BATCH_ORDERS = 1_000;

interface Put extends BatchItem {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (stored: Stored) => void;
  readonly reject: (reason: unknown) => void;
}

/** Group commit: what is put while batches are written goes into the next. */
export class GroupCommit {
  readonly #write: WriteBatch;
  readonly #maxOrders: number;
  readonly #maxUnderWay: number;
  #queue: Put[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(write: WriteBatch, { maxOrders = MAX_BATCH_ORDERS, maxUnderWay = 1 }: GroupCommitOptions = {}) {
    this.#write = write;
    this.#maxOrders = maxOrders;
    this.#maxUnderWay = maxUnderWay;
  }

  /** As `put` of an order store. */
  put(order: Order, at: OrderPlace, signal?: AbortSignal): Promise<Stored> {
    if (this.#closed) return Promise.reject(unavailable("the order store is closed"));
    return new Promise((resolve, reject) => {
      this.#queue.push({ order, at, signal, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Takes no more, and resolves when all that was put has its answer. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // All that is put in this turn goes into the first batch.
    const underWay = new Set<Promise<void>>();
    while (this.#queue.length > 0 || underWay.size > 0) {
      if (this.#queue.length > 0 && underWay.size < this.#maxUnderWay) {
        const batch = this.#writeBatch(this.#queue.splice(0, this.#maxOrders));
        underWay.add(batch);
        void batch.then(() => underWay.delete(batch));
      } else await Promise.race(underWay);
    }
    this.#writing = undefined;
  }

  async #writeBatch(taken: readonly Put[]): Promise<void> {
    const batch = taken.filter(({ signal, reject }) => {
      if (signal?.aborted) reject(signal.reason);
      return !signal?.aborted;
    });
    if (batch.length === 0) return;
    try {
      const results = await this.#write(batch);
      batch.forEach((put, index) => settle(put, results[index]!));
    } catch (failure) {
      for (const { reject } of batch) reject(failure);
    }
  }
}

function settle({ order, resolve, reject }: Put, result: ItemResult): void {
  if (typeof result === "string") resolve(result);
  else if ("conflict" in result) reject(orderIdConflict(order.order_id, result.conflict, order));
  else {
    const why = `the order store refuses order_id ${shown(order.order_id)}: ${shown(result.refused)}`;
    reject(permanent("refused", why));
  }
}
