// @ts-types="@types/pg"
import pg from "pg";

/** The connections to one PostgreSQL database, as far as the order store needs them. */
export interface PostgresConnections {
  /** Runs one statement in one round trip; resolves with its rows. */
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** Lets go of every connection; does not wait for a server that is silent. */
  close(): Promise<void>;
}

/** How long the server may take; what is over the time is cut off. */
export interface PostgresTimeouts {
  /** To accept a connection and log in. */
  readonly connectMs: number;
  /** To run a statement, waits for locks included; the server itself ends it then. */
  readonly statementMs: number;
}

const DEFAULT_TIMEOUTS: PostgresTimeouts = { connectMs: 3_000, statementMs: 4_000 };
/** What a server gets beyond its own timeout before it counts as frozen, and the connection is dropped. */
const GRACE_MS = 1_000;
/** One for the batch that is written, one for a probe beside it. */
const MAX_CONNECTIONS = 2;

/**
 * Connections that are made when they are needed and replaced when they are lost; connecting fails in the first
 * query, not here. Errors are the driver's own: SQLSTATE in `code`, no password in the message.
 *
 * @param url `postgres://user:password@host:port/database`, with the driver's parameters (`sslmode`, …) if need be.
 */
export function connectPostgres(
  url: string,
  { connectMs, statementMs }: PostgresTimeouts = DEFAULT_TIMEOUTS,
): PostgresConnections {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: statementMs + GRACE_MS,
    application_name: "orderline",
    keepAlive: true,
    onConnect: waitForTheDisk,
  });
  // A connection that is lost says so to its query as well; without listeners the event would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));

  return {
    async query<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
      const client = await pool.connect();
      let mayGoOn = false;
      try {
        const { rows } = await client.query<R>(text, [...values]);
        mayGoOn = true;
        return rows;
      } catch (error) {
        // After an answer of the server's the connection is as good as before; after anything else nobody knows.
        mayGoOn = error instanceof pg.DatabaseError && error.severity === "ERROR";
        throw error;
      } finally {
        client.release(!mayGoOn);
      }
    },
    close: () => pool.end(),
  };
}

/** An acknowledged order survives a power cut: a role or server that is set to answer sooner is overruled. */
async function waitForTheDisk(client: pg.ClientBase): Promise<void> {
  await client.query(
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
  );
}
