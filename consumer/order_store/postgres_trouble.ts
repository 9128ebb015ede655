import { toFailure } from "@orderline/lib/core/failure";

/** The table is not one that this version can write to. */
export class WrongTableError extends Error {
  override readonly name = "WrongTableError";
}

/** The unique constraint of `seq`: an order cannot break it, only a sequence that was set back can. */
export const SEQ_CONSTRAINT = "orders_seq_key";

/** SQLSTATE classes 22 (data) and 23 (integrity constraint), and what a trigger raises: the order is at fault. */
const ROW_AT_FAULT = /^(?:22...|23...|P0001)$/;
/** Deadlock and serialization failure; the server, or an administrator, has ended this connection. */
const GONE_NEXT_TIME = /^(?:40001|40P01|57P01|57P02|ECONNRESET|EPIPE)$/;
/** The driver's own errors have no code. */
const CUT = "Connection terminated unexpectedly";
const SILENT = "Query read timeout";
const NO_CONNECTION = /^(?:Connection terminated due to connection timeout|timeout )/;
/** The database is a standby, or was made read-only: passes with the failover that made it so. */
const READ_ONLY = "25006";

/** Whether one order of the batch broke a rule of the database; the others are as good as before. */
export function isRowAtFault(error: unknown): boolean {
  // A time that no text can be made of fails on this side.
  if (error instanceof RangeError) return true;
  return ROW_AT_FAULT.test(codeOf(error)) && field(error, "constraint") !== SEQ_CONSTRAINT;
}

/**
 * Whether the same statement may well succeed at once on another connection. To write a batch again is harmless:
 * what the first try has stored is a repeat.
 */
export function isGoneNextTime(error: unknown): boolean {
  return GONE_NEXT_TIME.test(codeOf(error)) || (error instanceof Error && error.message === CUT);
}

/** Whether the database cannot be reached or written now, as opposed to one that is set up wrongly. */
export function isAway(error: unknown): boolean {
  return isGoneNextTime(error) || codeOf(error) === READ_ONLY ||
    (error instanceof Error && (error.message === SILENT || NO_CONNECTION.test(error.message))) ||
    toFailure(error).kind === "unavailable";
}

/** What an error says, in a sentence for people. */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  // A host with several addresses fails with an error for each of them and no message of its own.
  if (error.message === "") return code === "" ? error.name : code;
  if (error.message === SILENT) return "the server does not answer";
  if (NO_CONNECTION.test(error.message)) return `no connection in time (${error.message})`;
  if (code === "57014") return `a statement took too long (${error.message})`;
  if (field(error, "constraint") === SEQ_CONSTRAINT) {
    return `${error.message}: the sequence of "seq" was set back; set it beyond max(seq) with setval()`;
  }
  return /^[0-9A-Z]{5}$/.test(code) ? `${error.message} (SQLSTATE ${code})` : error.message;
}

function codeOf(error: unknown): string {
  return field(error, "code") ?? "";
}

function field(error: unknown, name: "code" | "constraint"): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const value = (error as unknown as Record<string, unknown>)[name];
  return typeof value === "string" ? value : undefined;
}
