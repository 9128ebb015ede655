import type { ItemResult } from "./group_commit.ts";
import { type OrderRow, SqliteTable } from "./sqlite_table.ts";

/** What the store asks of its thread. */
export type SqliteRequest =
  | { readonly kind: "put"; readonly rows: readonly OrderRow[] }
  | { readonly kind: "probe" }
  | { readonly kind: "close" };

/** The answer; `results` has one entry for each row of a `put`. */
export type SqliteReply =
  | { readonly ok: true; readonly results: readonly ItemResult[] }
  | { readonly ok: false; readonly trouble: SqliteTrouble };

/** Why a whole request failed, as plain data: what is copied of an Error between threads has no `errcode`. */
export interface SqliteTrouble {
  readonly name: string;
  readonly message: string;
  /** SQLite's extended result code. */
  readonly errcode?: number;
}

/**
 * Answers requests about one file. It is opened by the first request that needs it, and by the next one when
 * that failed: a file that is locked at the start is no reason to give up.
 */
export class SqliteSession {
  #table: SqliteTable | undefined;

  /** @param open for tests: what opens the file. */
  constructor(readonly path: string, readonly open: (path: string) => SqliteTable = SqliteTable.open) {}

  /** Never throws. */
  answer(request: SqliteRequest): SqliteReply {
    try {
      return { ok: true, results: this.#answer(request) };
    } catch (error) {
      return { ok: false, trouble: toTrouble(error) };
    }
  }

  #answer(request: SqliteRequest): ItemResult[] {
    if (request.kind === "close") {
      this.#table?.close();
      this.#table = undefined;
      return [];
    }
    this.#table ??= this.open(this.path);
    if (request.kind === "put") return this.#table.putAll(request.rows);
    this.#table.probe();
    return [];
  }
}

function toTrouble(error: unknown): SqliteTrouble {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, errcode } = error as Error & { readonly errcode?: unknown };
  return typeof errcode === "number" ? { name, message, errcode } : { name, message };
}
