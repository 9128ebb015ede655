import type { Message } from "../core/record.ts";

/** What a handler is told beside the message. */
export interface HandlerContext {
  /** 1 for the first try of this record by this process. */
  readonly attempt: number;
  /** When the attempt's time is over, epoch milliseconds; for passing on. What enforces it is the signal. */
  readonly deadline: number;
  /**
   * Aborts when the time is over, when the partition is no longer ours, and when the process stops: finish or throw.
   * The record's lane waits until the handler has settled, so that no attempt runs beside another of itself.
   */
  readonly signal: AbortSignal;
}

/**
 * Application code. It resolves when its work is durable, and throws when it is not: a `Failure` says what follows
 * (`permanent`, `unavailable`) and which dependency it was, anything else is tried again. The same message may come
 * again after a crash or a rebalance, so the work must be idempotent.
 */
export type Handler<T> = (message: Message<T>, context: HandlerContext) => Promise<void>;

/** A message in a batch: it may be tried for another time than its neighbours, and be given up without them. */
export interface BatchMessage<T> extends Message<T>, Pick<HandlerContext, "attempt" | "signal"> {}

/** What a batch's handler is told beside the messages. */
export interface BatchContext extends Pick<HandlerContext, "deadline"> {
  /** Aborts when the time of any message is over, or when none of them is ours any more. */
  readonly signal: AbortSignal;
}

/**
 * As {@linkcode Handler} for several messages at once, no two of the same key. Resolves with nothing when the work of
 * all is durable, or with one entry for each message: undefined when it is, else what it would have thrown. When it
 * throws, the failure is known of the batch only: unless the world is down (`unavailable`), the halves are tried apart
 * until it is known which messages it was.
 */
export type BatchHandler<T> = (
  messages: readonly BatchMessage<T>[],
  context: BatchContext,
) => Promise<void | readonly unknown[]>;
