import type { Order } from "@orderline/schemas";
import { type Failure, permanent, unavailable } from "@orderline/lib/core/failure";
import { shown } from "@orderline/lib/core/shown";
import { orderIdConflict } from "./order_conflict.ts";
import { ORDER_STORE, type OrderPlace, type OrderStore, type Stored } from "./order_store.ts";
import type { SqliteReply, SqliteRequest, SqliteTrouble } from "./sqlite_session.ts";
import type { OrderRow, RowResult } from "./sqlite_table.ts";
import { type SqliteThread, startSqliteThread } from "./sqlite_thread.ts";

const MAX_BATCH_ROWS = 1_000;

interface Put {
  readonly order: Order;
  readonly at: OrderPlace;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (stored: Stored) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Orders in a SQLite file, written by a worker: this thread, whose heartbeats keep the group, never waits for a disk.
 *
 * Group commit: one transaction at a time; what is put while it runs goes into the next. Whatever a transaction
 * fails with is `unavailable`, however lasting it looks: a broken file says nothing against the orders.
 */
export class SqliteStore implements OrderStore {
  readonly #path: string;
  readonly #startThread: (path: string) => SqliteThread;
  #thread: SqliteThread | undefined;
  #queue: Put[] = [];
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Opens nothing yet. @param startThread for tests: what stands in for the worker. */
  constructor(path: string, startThread: (path: string) => SqliteThread = startSqliteThread) {
    this.#path = path;
    this.#startThread = startThread;
  }

  /** Opens the file and shows that it can be written; the trouble, if there is any. A later put tries again. */
  async tryOpen(): Promise<SqliteTrouble | undefined> {
    const reply = await this.#ask({ kind: "probe" });
    return reply.ok ? undefined : reply.trouble;
  }

  put(order: Order, at: OrderPlace, signal?: AbortSignal): Promise<Stored> {
    if (this.#closing) return Promise.reject(unavailable("the order store is closed"));
    return new Promise((resolve, reject) => {
      this.#queue.push({ order, at, signal, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async probe(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closing) throw unavailable("the order store is closed");
    const trouble = await this.tryOpen();
    if (trouble) throw this.#unavailable(trouble);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#writing;
    // The last connection to close moves the write-ahead log into the file; a failure to do so loses nothing.
    await this.#thread?.ask({ kind: "close" });
    this.#thread?.stop();
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // All that is put in this turn goes into the first batch.
    while (this.#queue.length > 0) await this.#writeBatch(this.#queue.splice(0, MAX_BATCH_ROWS));
    this.#writing = undefined;
  }

  async #writeBatch(taken: readonly Put[]): Promise<void> {
    const batch = taken.filter(({ signal, reject }) => {
      if (signal?.aborted) reject(signal.reason);
      return !signal?.aborted;
    });
    if (batch.length === 0) return;
    const reply = await this.#ask({ kind: "put", rows: batch.map(toRow) });
    if (reply.ok) {
      batch.forEach((put, index) => settle(put, reply.results[index]!));
    } else {
      const failure = this.#unavailable(reply.trouble);
      for (const { reject } of batch) reject(failure);
    }
  }

  #ask(request: SqliteRequest): Promise<SqliteReply> {
    if (this.#thread?.dead) this.#thread = undefined;
    this.#thread ??= this.#startThread(this.#path);
    return this.#thread.ask(request);
  }

  #unavailable(trouble: SqliteTrouble): Failure {
    return unavailable(`the order store ${shown(this.#path)} cannot be written: ${trouble.message}`, {
      cause: trouble,
      dependency: ORDER_STORE,
    });
  }
}

function toRow({ order, at }: Put): OrderRow {
  return [
    order.order_id,
    order.user,
    order.item,
    order.quantity,
    order.price,
    order.timestamp,
    order.priority,
    at.topic,
    at.partition,
    at.offset,
  ];
}

function settle({ order, resolve, reject }: Put, result: RowResult): void {
  if (typeof result === "string") resolve(result);
  else if ("conflict" in result) reject(orderIdConflict(order.order_id, result.conflict, order));
  else {
    const why = `the order store refuses order_id ${shown(order.order_id)}: ${shown(result.refused)}`;
    reject(permanent("refused", why));
  }
}
