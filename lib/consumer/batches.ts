import { toFailure } from "../core/failure.ts";
import { Fifo } from "../core/fifo.ts";
import type { ConsumerRecord, Message } from "../core/record.ts";
import type { BatchContext, BatchHandler, BatchMessage, Handler, HandlerContext } from "./handler.ts";

/** How batches are made. */
export interface BatchOptions {
  /** Messages in a batch, at most; default 500. */
  readonly maxRecords?: number;
  /** Batches that run side by side; default 2: one is made while the other is worked on. */
  readonly concurrency?: number;
}

const MAX_RECORDS = 500;
const CONCURRENCY = 2;

/** A message on its way through a batch. */
class Entry<T> implements BatchMessage<T> {
  readonly value: T;
  readonly record: ConsumerRecord;
  readonly #ended = Promise.withResolvers<void>();

  constructor(message: Message<T>, readonly context: HandlerContext) {
    this.value = message.value;
    this.record = message.record;
  }

  get attempt(): number {
    return this.context.attempt;
  }

  get signal(): AbortSignal {
    return this.context.signal;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  resolve(): void {
    this.#ended.resolve();
  }

  reject(why: unknown): void {
    this.#ended.reject(why);
  }
}

/**
 * Makes a handler of one message out of a handler of many. What comes in while as many batches run as may waits and
 * goes into the next one, so batches grow with the load, and nothing waits when there is none. Each message ends for
 * itself: it alone is tried again, or given up.
 */
export function inBatches<T>(handleBatch: BatchHandler<T>, options: BatchOptions = {}): Handler<T> {
  const { maxRecords = MAX_RECORDS, concurrency = CONCURRENCY } = options;
  const waiting = new Fifo<Entry<T>>();
  let running = 0;

  async function runAll(): Promise<void> {
    running++;
    await Promise.resolve(); // all that comes in this turn goes into the first batch
    while (waiting.length > 0) {
      const batch: Entry<T>[] = [];
      while (batch.length < maxRecords && waiting.length > 0) batch.push(waiting.shift()!);
      await run(batch, handleBatch);
    }
    running--;
  }

  return (message, context) => {
    const entry = new Entry(message, context);
    waiting.push(entry);
    if (running < concurrency) void runAll();
    return entry.ended;
  };
}

/** Tells every entry how it ended. Never rejects. */
async function run<T>(batch: readonly Entry<T>[], handleBatch: BatchHandler<T>): Promise<void> {
  // What was given up while it waited is not worth the work.
  const entries = batch.filter((entry) => {
    if (entry.signal.aborted) entry.reject(entry.signal.reason);
    return !entry.signal.aborted;
  });
  if (entries.length === 0) return;
  try {
    const results = await handleBatch(entries, contextOf(entries));
    if (Array.isArray(results)) settle(entries, results);
    else for (const entry of entries) entry.resolve();
  } catch (error) {
    if (entries.length === 1 || toFailure(error).kind === "unavailable") {
      for (const entry of entries) entry.reject(error);
      return;
    }
    const half = Math.ceil(entries.length / 2);
    await run(entries.slice(0, half), handleBatch);
    await run(entries.slice(half), handleBatch);
  }
}

function settle<T>(entries: readonly Entry<T>[], results: readonly unknown[]): void {
  entries.forEach((entry, index) => {
    if (results.length !== entries.length) {
      const wrong =
        `handleBatch gave ${results.length} results for ${entries.length} messages; it must give one for ` +
        "each, or nothing when all are done";
      entry.reject(new TypeError(wrong));
    } else if (results[index] === undefined) entry.resolve();
    else entry.reject(results[index]);
  });
}

function contextOf<T>(entries: readonly Entry<T>[]): BatchContext {
  let controller: AbortController | undefined;
  return {
    deadline: Math.min(...entries.map(({ context }) => context.deadline)),
    get signal() {
      if (controller === undefined) {
        const made = controller = new AbortController();
        for (const { signal } of entries) {
          const onAbort = () => {
            const late = (signal.reason as Error | undefined)?.name === "TimeoutError";
            if (late || entries.every((one) => one.signal.aborted)) made.abort(signal.reason);
          };
          if (signal.aborted) onAbort();
          else signal.addEventListener("abort", onAbort, { once: true });
        }
      }
      return controller.signal;
    },
  };
}
