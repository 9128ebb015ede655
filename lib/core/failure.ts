/**
 * Why a record, or a call on its behalf, did not succeed, and what follows from it.
 *
 * - `permanent`: trying again cannot help: the record goes to the dead letters at once.
 * - `retriable`: may pass next time: spends one attempt. An error nobody knows is retriable.
 * - `unavailable`: the world is down, not the record: wait, spend nothing, dead-letter nothing.
 */
export type FailureKind = "permanent" | "retriable" | "unavailable";

/**
 * The label a dead letter is grouped by. These are the library's own; an application may add more of the same
 * form (lower case and dashes), as `order-id-conflict` is.
 */
export type FailureReason =
  | "not-framed" // no magic byte and schema id in front of the value
  | "schema-not-found" // the registry says that it has no such schema
  | "undecodable" // the bytes are not what the schema says
  | "invalid" // decoded, but against a rule
  | "refused" // the handler said that it can never accept it
  | "timeout" // the handler had not settled at its deadline
  | "retries-exhausted" // failed as often as it may be tried
  | "unavailable" // never reaches a dead letter; names the kind in logs and metrics
  | "unknown";

interface FailureOptions {
  readonly cause?: unknown;
  /** What it is that does not work, by the name of its circuit breaker; default the handler as a whole. */
  readonly dependency?: string;
  /** For `unavailable`: when it is worth asking again, if the other side said so. */
  readonly retryAfterMs?: number;
}

/** An error that says what follows from it. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly kind: FailureKind;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  readonly dependency: string | undefined;

  constructor(
    kind: FailureKind,
    reason: FailureReason | (string & Record<never, never>),
    message: string,
    options: FailureOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
    this.dependency = options.dependency;
  }
}

/** A failure that no retry can mend. */
export function permanent(
  reason: FailureReason | (string & Record<never, never>),
  message: string,
  cause?: unknown,
): Failure {
  return new Failure("permanent", reason, message, { cause });
}

/** A failure of the world around the record. */
export function unavailable(message: string, options: FailureOptions = {}): Failure {
  return new Failure("unavailable", "unavailable", message, options);
}

/** Errors of sockets and names: the other side cannot be reached now. */
const UNREACHABLE_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_SOCKET",
]);
/** SQLite's primary result codes BUSY, LOCKED, IOERR, FULL and CANTOPEN: the file cannot be used now. */
const SQLITE_UNAVAILABLE = new Set([5, 6, 10, 13, 14]);
/** PostgreSQL's classes: connection exception, insufficient resources, operator intervention. */
const POSTGRES_UNAVAILABLE = /^(?:08|53|57)[0-9A-Z]{3}$/;

/**
 * Says what follows from anything thrown. Total: never throws, whatever it is given.
 *
 * Known signs that the world is down (a refused connection, a timeout, HTTP 429 and 5xx, PostgreSQL classes
 * 08 53 57, SQLITE_BUSY) become `unavailable`; a {@linkcode Failure} is returned as it is; the rest is `retriable`.
 */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  try {
    const message = messageOf(thrown);
    return isUnavailable(thrown)
      ? unavailable(message, { cause: thrown })
      : new Failure("retriable", "unknown", message, { cause: thrown });
  } catch {
    return new Failure("retriable", "unknown", "an error that cannot be read was thrown");
  }
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) {
    return thrown.message === "" ? thrown.name : `${thrown.name}: ${thrown.message}`;
  }
  return `something that is not an Error was thrown: ${String(thrown)}`;
}

function isUnavailable(thrown: unknown, depth = 0): boolean {
  if (typeof thrown !== "object" || thrown === null || depth > 4) return false;
  const { name, code, status, errcode, cause } = thrown as Record<string, unknown>;
  if (
    name === "TimeoutError" || name === "ConnectionRefused" || name === "ConnectionReset" ||
    name === "TimedOut"
  ) return true;
  if (typeof code === "string" && (UNREACHABLE_CODES.has(code) || POSTGRES_UNAVAILABLE.test(code))) {
    return true;
  }
  if (typeof errcode === "number" && SQLITE_UNAVAILABLE.has(errcode & 0xff)) return true;
  if (typeof status === "number" && (status === 408 || status === 429 || (status >= 500 && status <= 599))) {
    return true;
  }
  return isUnavailable(cause, depth + 1);
}
