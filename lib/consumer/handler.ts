import type { Message } from "../core/record.ts";

/** What a handler is told beside the message. */
export interface HandlerContext {
  /** 1 for the first try of this record by this process. */
  readonly attempt: number;
  /** Aborts when the partition is no longer ours or the process stops: finish or throw, the result is dropped. */
  readonly signal: AbortSignal;
}

/**
 * Application code. It resolves when its work is durable, and throws when it is not: a `Failure` says what follows
 * (`permanent`, `unavailable`), anything else is tried again. The same message may come again after a crash or a
 * rebalance, so the work must be idempotent.
 */
export type Handler<T> = (message: Message<T>, context: HandlerContext) => Promise<void>;
