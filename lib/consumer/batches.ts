import { toFailure, unavailable } from "../core/failure.ts";
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

/** A message on its way through a batch; each ends for itself. */
export interface BatchEntry<T> extends BatchMessage<T>, Pick<HandlerContext, "deadline"> {
  /** It was given up while it waited: not worth the work. */
  readonly isOver: boolean;
  resolve(): void;
  reject(why: unknown): void;
}

/** Messages that were not waiting one by one, but are ready to go together. */
export interface BatchSource<T> {
  /** So many of them at most, no two of the same key; none when nothing is ready. */
  take(maxRecords: number): readonly BatchEntry<T>[];
  /** The entries of the last `take` of this batch have all been told how they ended. */
  ended(entries: readonly BatchEntry<T>[]): void;
}

/** A message that somebody waits for. */
class Entry<T> implements BatchEntry<T> {
  readonly value: T;
  readonly record: ConsumerRecord;
  readonly #context: HandlerContext;
  readonly #ended = Promise.withResolvers<void>();
  readonly ended: Promise<void> = this.#ended.promise;
  readonly resolve: () => void = this.#ended.resolve;
  readonly reject: (why: unknown) => void = this.#ended.reject;

  constructor(message: Message<T>, context: HandlerContext) {
    this.value = message.value;
    this.record = message.record;
    this.#context = context;
  }

  get attempt(): number {
    return this.#context.attempt;
  }

  get deadline(): number {
    return this.#context.deadline;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }
}

/**
 * Makes a handler of one message out of a handler of many. What comes in while as many batches run as may waits and
 * goes into the next one, so batches grow with the load, and nothing waits when there is none. Each message ends for
 * itself: it alone is tried again, or given up.
 */
export class Batches<T> {
  readonly #handleBatch: BatchHandler<T>;
  readonly #maxRecords: number;
  readonly #concurrency: number;
  readonly #waiting = new Fifo<Entry<T>>();
  #source: BatchSource<T> | undefined;
  #running = 0;

  constructor(
    handleBatch: BatchHandler<T>,
    { maxRecords = MAX_RECORDS, concurrency = CONCURRENCY }: BatchOptions = {},
  ) {
    this.#handleBatch = handleBatch;
    this.#maxRecords = maxRecords;
    this.#concurrency = concurrency;
  }

  /** Handles one message, together with others. */
  readonly handle: Handler<T> = (message, context) => {
    const entry = new Entry(message, context);
    this.#waiting.push(entry);
    this.pump();
    return entry.ended;
  };

  /** Batches are made of what this has ready, too. */
  fillFrom(source: BatchSource<T>): void {
    this.#source = source;
  }

  /** To be called when something has become ready. */
  pump(): void {
    if (this.#running < this.#concurrency) void this.#runAll();
  }

  async #runAll(): Promise<void> {
    this.#running++;
    await Promise.resolve(); // all that comes in this turn goes into the first batch
    for (let next = this.#next(); next !== undefined; next = this.#next()) await next();
    // In the turn in which nothing was found: who comes later must find that fewer run, or would wait for ever.
    this.#running--;
  }

  /** What runs the next batch; undefined when there is nothing to run. */
  #next(): (() => Promise<void>) | undefined {
    if (this.#waiting.length > 0) {
      const entries: Entry<T>[] = [];
      while (entries.length < this.#maxRecords && this.#waiting.length > 0) {
        const entry = this.#waiting.shift()!;
        // It was the others that took its time. No attempt was made, so none may be spent.
        if (entry.isOver) entry.reject(unavailable("the handler was busy with other messages for too long"));
        else entries.push(entry);
      }
      return () => run(entries, this.#handleBatch);
    }
    const ready = this.#source?.take(this.#maxRecords) ?? [];
    if (ready.length === 0) return undefined;
    return async () => {
      await run(ready, this.#handleBatch);
      this.#source?.ended(ready);
    };
  }
}

/** Tells every entry how it ended. Never rejects. */
async function run<T>(batch: readonly BatchEntry<T>[], handleBatch: BatchHandler<T>): Promise<void> {
  const over = batch.filter((entry) => entry.isOver);
  for (const entry of over) entry.reject(entry.signal.reason);
  const entries = over.length === 0 ? batch : batch.filter((entry) => !over.includes(entry));
  if (entries.length === 0) return;
  try {
    const results = await handleBatch([...entries], new Context(entries)); // it may take its list to pieces
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

function settle<T>(entries: readonly BatchEntry<T>[], results: readonly unknown[]): void {
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

/** A class, since a getter in an object literal would keep every batch alive until the next full collection. */
class Context<T> implements BatchContext {
  readonly #entries: readonly BatchEntry<T>[];
  readonly deadline: number;
  #controller: AbortController | undefined;

  constructor(entries: readonly BatchEntry<T>[]) {
    this.#entries = entries;
    this.deadline = entries.reduce((least, { deadline }) => Math.min(least, deadline), Infinity);
  }

  get signal(): AbortSignal {
    return (this.#controller ??= this.#controlled()).signal;
  }

  #controlled(): AbortController {
    const controller = new AbortController();
    for (const { signal } of this.#entries) {
      const onAbort = () => {
        const late = (signal.reason as Error | undefined)?.name === "TimeoutError";
        if (late || this.#entries.every((one) => one.signal.aborted)) controller.abort(signal.reason);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    }
    return controller;
  }
}
