import { type Failure, permanent, unavailable } from "@orderline/lib/core/failure";
import { shown } from "@orderline/lib/core/shown";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Payment } from "./payment.ts";

/** What failures of the database call it, so that its breaker asks {@linkcode Balances.probe} whether it works again. */
export const BALANCES = "balances";

/** Consumers on one host take turns; whoever waits longer than this for the others tries again later. */
const BUSY_MS = 2_000;

const TABLES = [
  `CREATE TABLE IF NOT EXISTS payments (
    seq INTEGER PRIMARY KEY,
    payment_id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    cents INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE IF NOT EXISTS balances (
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    cents INTEGER NOT NULL,
    PRIMARY KEY (account, currency)
  ) STRICT`,
];

/**
 * The balance of every account, in a SQLite file. A payment may come any number of times, after a crash or because it
 * was sent again: it is booked once, since its id and its amount are written in one transaction.
 */
export class Balances implements Disposable {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #add: StatementSync;
  readonly #find: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    for (const table of TABLES) this.#db.exec(table);
    this.#insert = this.#db.prepare(
      "INSERT INTO payments (payment_id, account, currency, cents) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#add = this.#db.prepare(
      "INSERT INTO balances VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET cents = cents + excluded.cents",
    );
    this.#find = this.#db.prepare("SELECT account, currency, cents FROM payments WHERE payment_id = ?");
  }

  /** Opens the file, creating it and its folder where they are missing. */
  static open(path: string): Balances {
    mkdirSync(dirname(path), { recursive: true });
    const db = new DatabaseSync(path, { timeout: BUSY_MS });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    return new Balances(db);
  }

  /**
   * Books payments in one transaction, durable when it returns. One entry for each: undefined when it is booked, now or
   * before; a permanent failure when its id is taken by another payment. Throws `unavailable` when the file cannot be
   * written, and then nothing is booked.
   */
  book(payments: readonly Payment[]): (Failure | undefined)[] {
    return this.#inTransaction(() => payments.map((payment) => this.#book(payment)));
  }

  /** Throws `unavailable` unless the file can be written now. */
  probe(): void {
    this.#inTransaction(() => this.#db.exec("PRAGMA user_version = 1"));
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #book(payment: Payment): Failure | undefined {
    const { account, currency, amount_cents: cents } = payment;
    const id = payment.payment_id.toLowerCase();
    const { changes } = this.#insert.run(id, account, currency, cents);
    if (changes === 1) {
      this.#add.run(account, currency, cents);
      return undefined;
    }
    const booked = this.#find.get(id);
    const differing = Object.entries({ account, currency, cents }).filter(([name, value]) =>
      booked?.[name] !== value
    );
    return differing.length === 0 ? undefined : permanent(
      "payment-id-conflict",
      `payment ${id} is booked already, and there ` +
        differing.map(([name, value]) => `${name} is ${shown(booked?.[name])} and not ${shown(value)}`).join(
          ", ",
        ) +
        "; the first one stays, send this one with an id of its own",
    );
  }

  #inTransaction<T>(work: () => T): T {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw unavailable(`the balances cannot be written: ${(error as Error).message}`, {
        cause: error,
        dependency: BALANCES,
      });
    }
  }
}
