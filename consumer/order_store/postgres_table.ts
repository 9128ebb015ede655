import type { BatchItem, ItemResult } from "./group_commit.ts";
import { differingFields, type OrderContent } from "./order_conflict.ts";
import type { PostgresConnections } from "./postgres_connections.ts";
import { isRowAtFault, SEQ_CONSTRAINT, whyOf, WrongTableError } from "./postgres_trouble.ts";

const COLUMNS: Readonly<Record<string, string>> = {
  order_id: "uuid",
  user: "text",
  item: "text",
  quantity: "integer",
  price: "numeric",
  timestamp: "timestamp with time zone",
  priority: "text",
  topic: "text",
  partition: "integer",
  offset: "bigint",
};

/** `"user"` and `"offset"` are words of SQL, so every name is quoted. */
const NAMES = Object.keys(COLUMNS).map((name) => `"${name}"`).join(", ");
const TYPED = Object.entries(COLUMNS).map(([name, type]) => `"${name}" ${type}`).join(", ");

/** "order" in ASCII. Locks of this kind are the database's: writers of other tables are not kept waiting. */
const LOCK = 0x6f72646572;

/** One at a time, so that members that start together do not trip over one another. */
const CREATE_TABLE = `DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(${LOCK});
  CREATE TABLE IF NOT EXISTS orders (
    order_id uuid PRIMARY KEY,
    "user" text NOT NULL,
    item text NOT NULL,
    quantity integer NOT NULL,
    price numeric,
    timestamp timestamptz NOT NULL,
    priority text NOT NULL,
    topic text NOT NULL,
    "partition" integer NOT NULL,
    "offset" bigint NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT ${SEQ_CONSTRAINT} UNIQUE
  );
END $$`;

/**
 * One statement is one transaction and one round trip: a member that freezes holds nothing that others wait for.
 *
 * Writers take turns. Without that two of them with the same orders would deadlock, and a `seq` could show up after
 * a higher one that a reader has already seen. Repeats leave gaps in `seq`.
 */
const PUT = `INSERT INTO orders (${NAMES})
  SELECT ${NAMES}
  FROM (SELECT pg_advisory_xact_lock(${LOCK})) AS turn,
    ROWS FROM (json_to_recordset($1) AS (${TYPED})) WITH ORDINALITY
  ORDER BY ordinality
  ON CONFLICT (order_id) DO NOTHING
  RETURNING order_id`;

/** Inserts nothing, but needs all that an insert needs; the message makes the commit wait for the disk. */
const PROBE = `WITH nothing AS (${PUT})
  SELECT pg_advisory_xact_lock(${LOCK}), pg_logical_emit_message(true, 'orderline', 'probe')`;

const FIND = `SELECT order_id, "user", item, quantity, price::float8, priority,
    (extract(epoch FROM timestamp) * 1000)::float8 AS timestamp
  FROM orders WHERE order_id = ANY($1)`;

const FIND_COLUMNS = `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
  WHERE attrelid = to_regclass('orders') AND attnum > 0 AND NOT attisdropped`;

type FoundOrder = OrderContent & { readonly order_id: string };

/** The table `orders` in a PostgreSQL database. Errors are the driver's own. */
export class PostgresTable {
  readonly #connections: PostgresConnections;

  constructor(connections: PostgresConnections) {
    this.#connections = connections;
  }

  /** Creates the table where it is missing, and shows that it can be written. */
  async prepare(): Promise<void> {
    // Looked for first: to create what is there already needs a right that this role may do without.
    if (!await this.#hasTable()) await this.#connections.query(CREATE_TABLE);
    await this.#hasTable();
    await this.probe();
  }

  /**
   * Writes a batch. When it rejects, nothing of the batch is known to be stored.
   *
   * An order that breaks a rule of the database fails the whole statement. Halving the batch finds it.
   */
  async putAll(batch: readonly BatchItem[]): Promise<ItemResult[]> {
    try {
      return await this.#put(batch);
    } catch (error) {
      if (!isRowAtFault(error)) throw error;
      if (batch.length === 1) return [{ refused: whyOf(error) }];
      const middle = batch.length >> 1;
      const firstHalf = await this.putAll(batch.slice(0, middle));
      return [...firstHalf, ...await this.putAll(batch.slice(middle))];
    }
  }

  /** Shows that the table can be written now: as durable as an order, without any effect. */
  async probe(): Promise<void> {
    await this.#connections.query(PROBE, ["[]"]);
  }

  async #put(batch: readonly BatchItem[]): Promise<ItemResult[]> {
    const inserted = await this.#connections.query<{ order_id: string }>(PUT, [
      JSON.stringify(batch.map(toRow)),
    ]);
    const stored = new Set(inserted.map(({ order_id }) => order_id));
    // Of two with one id in a batch the first has won: taken out of the set, it leaves the second as a repeat.
    const results = batch.map(({ order }) => stored.delete(order.order_id.toLowerCase()));
    const others = batch.filter((_, index) => !results[index]);
    const found = await this.#find(others.map(({ order }) => order.order_id));
    return batch.map(({ order }, index) => {
      if (results[index]) return "stored";
      const there = found.get(order.order_id.toLowerCase());
      if (!there) return { refused: "the insert had no effect (a trigger of the table?)" };
      return differingFields(there, order).length === 0 ? "repeat" : { conflict: there };
    });
  }

  async #find(ids: readonly string[]): Promise<Map<string, FoundOrder>> {
    if (ids.length === 0) return new Map();
    const found = await this.#connections.query<FoundOrder>(FIND, [ids]);
    return new Map(found.map((order) => [order.order_id, order]));
  }

  /** Whether there is a table. More columns than ours are fine, as long as they fill themselves. */
  async #hasTable(): Promise<boolean> {
    const found = await this.#connections.query<{ name: string; type: string }>(FIND_COLUMNS);
    if (found.length === 0) return false;
    const types = new Map(found.map(({ name, type }) => [name, type]));
    const wrong = Object.entries({ ...COLUMNS, seq: "bigint" }).filter(([name, type]) =>
      types.get(name) !== type
    );
    if (wrong.length === 0) return true;
    const columns = wrong.map(([name, type]) =>
      `${name} is ${types.get(name) ?? "missing"}, must be ${type}`
    );
    throw new WrongTableError(`its table "orders" is not ours: ${columns.join(", ")}`);
  }
}

function toRow({ order, at }: BatchItem): Record<string, unknown> {
  const { topic, partition, offset } = at;
  return { ...order, timestamp: new Date(order.timestamp).toISOString(), topic, partition, offset };
}
