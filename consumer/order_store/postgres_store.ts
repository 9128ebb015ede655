import type { Order } from "@orderline/schemas";
import { unavailable } from "@orderline/lib/core/failure";
import { GroupCommit } from "./group_commit.ts";
import { ORDER_STORE, type OrderPlace, type OrderStore, type Stored } from "./order_store.ts";
import type { PostgresConnections } from "./postgres_connections.ts";
import { PostgresTable } from "./postgres_table.ts";
import { isGoneNextTime, whyOf } from "./postgres_trouble.ts";

/**
 * Orders in a PostgreSQL database, which any number of processes may share.
 *
 * What says nothing against an order is `unavailable`, however lasting it looks. A connection that was cut is
 * noticed by nobody: the batch is written again, once, on another.
 */
export class PostgresStore implements OrderStore {
  readonly #name: string;
  readonly #connections: PostgresConnections;
  readonly #table: PostgresTable;
  readonly #commits = new GroupCommit((batch) => this.#working(() => this.#table.putAll(batch)));
  #prepared = false;
  #closing: Promise<void> | undefined;

  /** Opens nothing yet. @param name the database as errors name it, without a password. */
  constructor(name: string, connections: PostgresConnections) {
    this.#name = name;
    this.#connections = connections;
    this.#table = new PostgresTable(connections);
  }

  /** Connects and prepares the table; rejects with the driver's own error. A later put tries again. */
  async open(): Promise<void> {
    if (this.#prepared) return;
    await this.#table.prepare();
    this.#prepared = true;
  }

  put(order: Order, at: OrderPlace, signal?: AbortSignal): Promise<Stored> {
    return this.#commits.put(order, at, signal);
  }

  async probe(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closing) throw unavailable("the order store is closed");
    const probing = this.#working(() => this.#table.probe());
    await (signal ? abortable(probing, signal) : probing);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#commits.close().then(() => this.#connections.close());
  }

  async #working<R>(work: () => Promise<R>): Promise<R> {
    const attempt = async () => {
      await this.open();
      return await work();
    };
    try {
      return await attempt().catch((error) => isGoneNextTime(error) ? attempt() : Promise.reject(error));
    } catch (error) {
      throw unavailable(`the order store ${this.#name} cannot be written: ${whyOf(error)}`, {
        cause: error,
        dependency: ORDER_STORE,
      });
    }
  }
}

/** The server's answer, or the signal's reason when it aborts first; the answer then goes unheard. */
function abortable<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
