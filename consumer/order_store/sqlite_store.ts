import type { Order } from "@orderline/schemas";
import { type Failure, unavailable } from "@orderline/lib/core/failure";
import { shown } from "@orderline/lib/core/shown";
import { type BatchItem, GroupCommit, type ItemResult } from "./group_commit.ts";
import { ORDER_STORE, type OrderPlace, type OrderStore, type Stored } from "./order_store.ts";
import type { SqliteReply, SqliteRequest, SqliteTrouble } from "./sqlite_session.ts";
import type { OrderRow } from "./sqlite_table.ts";
import { type SqliteThread, startSqliteThread } from "./sqlite_thread.ts";

/**
 * Orders in a SQLite file, written by a worker: this thread, whose heartbeats keep the group, never waits for a disk.
 *
 * Whatever a transaction fails with is `unavailable`, however lasting it looks: a broken file says nothing against
 * the orders.
 */
export class SqliteStore implements OrderStore {
  readonly #path: string;
  readonly #startThread: (path: string) => SqliteThread;
  /** While the worker writes a batch the next one is gathered and sent: neither thread waits for the other. */
  readonly #commits = new GroupCommit((batch) => this.#write(batch), { maxOrders: 200, maxUnderWay: 2 });
  #thread: SqliteThread | undefined;
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
    return this.#commits.put(order, at, signal);
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
    await this.#commits.close();
    // The last connection to close moves the write-ahead log into the file; a failure to do so loses nothing.
    await this.#thread?.ask({ kind: "close" });
    this.#thread?.stop();
  }

  async #write(batch: readonly BatchItem[]): Promise<readonly ItemResult[]> {
    const reply = await this.#ask({ kind: "put", rows: batch.map(toRow) });
    if (!reply.ok) throw this.#unavailable(reply.trouble);
    return reply.results;
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

function toRow({ order, at }: BatchItem): OrderRow {
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
