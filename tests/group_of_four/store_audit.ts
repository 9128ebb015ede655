import {
  connectPostgres,
  type PostgresConnections,
} from "../../consumer/order_store/postgres_connections.ts";
import { type EffectEntry, ledgerNow } from "../harness/ledger.ts";
import { until } from "../harness/topics.ts";
import type { MixedOrder } from "./mixed_orders.ts";

/**
 * What a database server has to be started with, so that it knows when each of its transactions was committed. Deliveries
 * are written down for each that is tried, before the store's own rule for repeats, and effects for each that is made.
 */
export const AUDIT_SETTINGS = ["track_commit_timestamp=on", "max_connections=40"];

const INSTALL = [
  `CREATE TABLE audit (n bigserial, effect boolean, order_id uuid, "partition" int, "offset" bigint, run text)`,
  `CREATE FUNCTION note_in_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit (effect, order_id, "partition", "offset", run) VALUES
      (TG_WHEN = 'AFTER', NEW.order_id, NEW."partition", NEW."offset", current_setting('application_name'));
    RETURN NEW;
  END $$`,
  "CREATE TRIGGER delivery BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note_in_audit()",
  "CREATE TRIGGER effect AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note_in_audit()",
];

const READ = `SELECT effect, order_id, "partition", "offset"::float8, run,
    (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000)::float8 AS at
  FROM audit ORDER BY n`;

interface AuditRow {
  readonly effect: boolean;
  readonly order_id: string;
  readonly partition: number;
  readonly offset: number;
  readonly run: string;
  readonly at: number;
}

/** How the database's clock stands to the ledgers'. */
export interface ClockOffset {
  readonly ms: number;
  readonly uncertainMs: number;
}

const TABLE_MS = 60_000;
const ASKED = 12;

/** The order store's own account, kept by the database and not by the code under test. */
export class StoreAudit implements AsyncDisposable {
  readonly #connections: PostgresConnections;

  constructor(url: string) {
    this.#connections = connectPostgres(url);
  }

  /** Begins to write down, as soon as a consumer has made the table of orders. */
  async install(): Promise<void> {
    const hasTable = async () => {
      const [row] = await this.#connections.query<{ there: boolean }>(
        "SELECT to_regclass('orders') IS NOT NULL AS there",
      );
      return row!.there;
    };
    await until("the table of orders", hasTable, TABLE_MS);
    for (const statement of INSTALL) await this.#connections.query(statement);
  }

  /** Forgets the orders and what was written down about them: what comes again is seen as an effect out of nowhere. */
  async clear(): Promise<void> {
    await this.#connections.query("TRUNCATE orders, audit");
  }

  /** The best of some tries. */
  async clockOffset(): Promise<ClockOffset> {
    let best: ClockOffset = { ms: 0, uncertainMs: Infinity };
    for (let asked = 0; asked < ASKED; asked++) {
      const before = ledgerNow();
      const [row] = await this.#connections.query<{ now: number }>(
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now",
      );
      const after = ledgerNow();
      const uncertainMs = (after - before) / 2;
      if (uncertainMs < best.uncertainMs) best = { ms: row!.now - (before + after) / 2, uncertainMs };
    }
    return best;
  }

  /** Every delivery to the store in the order of its commit: effects, and what the store knew for repeats. */
  async effects(orders: ReadonlyMap<string, MixedOrder>, { ms }: ClockOffset): Promise<EffectEntry[]> {
    const rows = await this.#connections.query<AuditRow>(READ);
    const applied = new Map(rows.filter(({ effect }) => effect).map((row) => [keyOf(row), row]));
    let last = -Infinity;
    const entries: EffectEntry[] = [];
    const add = (row: AuditRow, isApplied: boolean) => {
      // Those of one transaction are committed at once, and yet one after the other.
      const at = last = Math.max(row.at - ms, last + 1e-6);
      const { key, seq } = orders.get(row.order_id) ?? { key: "nobody's", seq: -1 };
      const { order_id: id, partition, offset, run } = row;
      entries.push({ kind: "effect", at, run, id, key, seq, partition, offset, applied: isApplied });
    };
    for (const row of rows) {
      if (row.effect) add(row, true);
      else if (!applied.delete(keyOf(row))) add(row, false);
    }
    return entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.close();
  }
}

/** A delivery with its effect. */
function keyOf({ order_id, partition, offset, run }: AuditRow): string {
  return `${order_id} ${partition}@${offset} ${run}`;
}
