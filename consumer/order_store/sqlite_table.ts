import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { ItemResult } from "./group_commit.ts";
import { differingFields, type OrderContent } from "./order_conflict.ts";

/** One order with its place, in the order of the columns: flat, since it is copied from thread to thread. */
export type OrderRow = readonly [
  order_id: string,
  user: string,
  item: string,
  quantity: number,
  price: number | null,
  timestamp: number,
  priority: OrderContent["priority"],
  topic: string,
  partition: number,
  offset: number,
];

/** A statement waits this long for another process before it fails as busy. */
const BUSY_TIMEOUT_MS = 200;
/** 32 MiB: ids are random, and the pages of their index are copied from the log into the file more rarely. */
const CHECKPOINT_PAGES = 8_192;
/** SQLite's primary result codes TOOBIG, CONSTRAINT and MISMATCH: the row is at fault, not the database. */
const ROW_AT_FAULT = new Set([18, 19, 20]);

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS orders (
  order_id TEXT PRIMARY KEY NOT NULL,
  user TEXT NOT NULL,
  item TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  price REAL,
  timestamp TEXT NOT NULL,
  priority TEXT NOT NULL,
  topic TEXT NOT NULL,
  "partition" INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  seq INTEGER NOT NULL UNIQUE
) STRICT`;

const COLUMNS = "order_id user item quantity price timestamp priority topic partition offset seq".split(" ");

type StoredRow = Omit<OrderContent, "timestamp"> & { readonly timestamp: string };

/** The table is not one that this version can write to. */
export class WrongTableError extends Error {
  override readonly name = "WrongTableError";
}

/**
 * The table `orders` in a SQLite file. It blocks while it works, and so lives in a worker.
 *
 * Write-ahead log with `synchronous = FULL`: a commit returns when the log is on the disk. With NORMAL a power cut
 * could take back the last transactions, whose offsets Kafka already has as committed: lost orders.
 *
 * Errors are SQLite's own. Statements are prepared even where they run once: `exec` leaves out the `errcode`.
 */
export class SqliteTable {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #lastSeq: StatementSync;

  /** Prepares the table, creating it where it is missing. Closes the database when it throws. */
  constructor(db: DatabaseSync) {
    this.#db = db;
    try {
      this.#run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      this.#run("PRAGMA journal_mode = WAL");
      this.#run("PRAGMA synchronous = FULL");
      this.#run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      this.#run(CREATE_TABLE);
      this.#checkColumns();
      this.#begin = this.#db.prepare("BEGIN IMMEDIATE");
      this.#commit = this.#db.prepare("COMMIT");
      this.#rollback = this.#db.prepare("ROLLBACK");
      this.#insert = this.#db.prepare(
        `INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_id) DO NOTHING`,
      );
      this.#find = this.#db.prepare(
        "SELECT user, item, quantity, price, timestamp, priority FROM orders WHERE order_id = ?",
      );
      this.#lastSeq = this.#db.prepare("SELECT max(seq) AS seq FROM orders");
      this.probe();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** Opens the file at `path`, creating it, its folder and the table where they are missing. */
  static open(path: string): SqliteTable {
    mkdirSync(dirname(path), { recursive: true });
    return new SqliteTable(new DatabaseSync(path));
  }

  /** Writes a batch in one transaction. When it throws, nothing of the batch is known to be stored. */
  putAll(rows: readonly OrderRow[]): ItemResult[] {
    return this.#inTransaction(() => {
      // Read under the write lock: no other process can take the same numbers.
      let seq = Number(this.#lastSeq.get()?.["seq"] ?? 0);
      return rows.map((row) => {
        const result = this.#put(row, seq + 1);
        if (result === "stored") seq++;
        return result;
      });
    });
  }

  /** Shows that the file can be written now by writing its header: as durable as an order, without any effect. */
  probe(): void {
    this.#inTransaction(() => this.#run("PRAGMA user_version = 1"));
  }

  /** Moves the write-ahead log into the file and closes it. */
  close(): void {
    this.#db.close();
  }

  #put(row: OrderRow, seq: number): ItemResult {
    const [orderId, user, item, quantity, price, timestamp, priority, topic, partition, offset] = row;
    const id = orderId.toLowerCase();
    try {
      const time = new Date(timestamp).toISOString();
      const { changes } = this.#insert
        .run(id, user, item, quantity, price, time, priority, topic, partition, offset, seq);
      if (changes === 1) return "stored";
    } catch (error) {
      // A trigger's ROLLBACK is about this row, but takes the whole transaction with it.
      if (!isRowAtFault(error) || !this.#db.isTransaction) throw error;
      return { refused: error.message };
    }
    // The types are those of the statement's columns: the table is STRICT.
    const found = this.#find.get(id) as unknown as StoredRow | undefined;
    if (!found) return { refused: "the insert had no effect (a trigger of the table?)" };
    const { timestamp: time, ...rest } = found;
    const stored = { ...rest, timestamp: Date.parse(time) };
    const differing = differingFields(stored, { user, item, quantity, price, timestamp, priority });
    return differing.length === 0 ? "repeat" : { conflict: stored };
  }

  #inTransaction<T>(work: () => T): T {
    this.#begin.run();
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      // SQLite may have rolled back by itself (full disk, I/O error); then there is nothing to undo.
      if (this.#db.isTransaction) this.#rollback.run();
      throw error;
    }
  }

  #checkColumns(): void {
    const columns = this.#db.prepare("SELECT name, pk FROM pragma_table_info('orders')").all();
    const names = columns.map(({ name }) => String(name));
    if (names.join() !== COLUMNS.join() || columns[0]?.["pk"] !== 1) {
      throw new WrongTableError(
        `its table "orders" has other columns (${names.join(", ")}) than this version writes (${
          COLUMNS.join(", ")
        })`,
      );
    }
  }

  #run(sql: string): void {
    this.#db.prepare(sql).all();
  }
}

function isRowAtFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { errcode } = error as Error & { readonly errcode?: unknown };
  // Without a code it is ours or the binding's: a time that is none, a value of no SQL type.
  return typeof errcode !== "number" || ROW_AT_FAULT.has(errcode & 0xff);
}
