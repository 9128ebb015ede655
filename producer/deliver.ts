import type { RecordMetadata } from "@orderline/lib/core/record";
import { DeliveryError } from "@orderline/lib/producer/delivery_error";
import { type Order, orderToJson } from "@orderline/schemas";
import type { RejectedLine, SourceItem } from "./order_source.ts";
import type { RejectsFile } from "./rejects.ts";

/** How a delivery is going; read at any time. */
export interface DeliveryTally {
  /** Lines, or generated orders, that were taken from the source. */
  read: number;
  delivered: number;
  rejected: number;
  /** Orders that may or may not be in the log. */
  unknown: number;
  /** Orders that are certainly not in the log. */
  refused: number;
}

/** What a delivery is given. */
export interface DeliveryOptions {
  readonly source: AsyncIterable<readonly SourceItem[]>;
  readonly send: (order: Order) => Promise<RecordMetadata>;
  /** Resolves when another order may be sent; keeps memory flat while Kafka is slow or away. */
  readonly room: () => Promise<void>;
  readonly rejects: Pick<RejectsFile, "write">;
  readonly onDelivered: (order: Order, at: RecordMetadata) => void;
  readonly onRejected: (line: number, reasons: readonly string[]) => void;
  readonly onFailed: (order: Order, error: DeliveryError) => void;
  /** Stops taking; what was taken is still answered. */
  readonly signal: AbortSignal;
  readonly tally: DeliveryTally;
}

/** Why a delivery ended before its source did. */
export interface Refused {
  readonly error: DeliveryError;
  /** The last line that was taken. */
  readonly line: number;
}

/** Orders that were not acknowledged are put by for the rejects file; more than so many are written at once. */
const WRITE_EACH = 1_000;
/** Answers that say nothing of one order: whatever is sent next would meet them, too. */
const REFUSED_TO_ALL = new Set([
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "INVALID_TOPIC_EXCEPTION",
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
  "UNSUPPORTED_COMPRESSION_TYPE",
]);

/**
 * Sends every order of the source. Resolves when the source is at its end or the signal has aborted, and every
 * order taken from it is answered. Nothing is dropped: a line is delivered, or it is in the rejects file with the
 * reason, also an order that was not acknowledged. Feeding that file again is safe, since the `order_id` stays.
 *
 * When Kafka refuses what has nothing to do with the order, such as a right that is missing, no more is taken and that
 * is the answer: a whole file would end as rejects, and the fault is not in it.
 */
export async function deliver(options: DeliveryOptions): Promise<Refused | undefined> {
  const { source, room, rejects, onRejected, signal, tally } = options;
  const unacknowledged: RejectedLine[] = [];
  const pending = new Pending();
  let refusal: DeliveryError | undefined;
  let lastLine = 0;
  const sending: DeliveryOptions = {
    ...options,
    onFailed(order, error) {
      if (REFUSED_TO_ALL.has(error.code)) refusal ??= error;
      options.onFailed(order, error);
    },
  };
  try {
    await takeAll();
  } finally {
    // Also when the source or the rejects file fails: what was taken is answered, and kept where it was not acknowledged.
    await pending.ended();
    await rejects.write(unacknowledged.splice(0));
  }
  pending.throwMistake();
  return refusal && { error: refusal, line: lastLine };

  async function takeAll(): Promise<void> {
    for await (const items of source) {
      // Written before anything that comes after them is sent, so that a crash finds them in the file.
      await rejects.write(items.filter((item) => item.kind === "reject"));
      for (const item of items) {
        await room();
        if (signal.aborted || refusal) break;
        tally.read++;
        lastLine = item.line;
        if (item.kind === "order") pending.add(sendOne(item, sending, unacknowledged));
        else {
          tally.rejected++;
          onRejected(item.line, item.reasons);
        }
      }
      if (unacknowledged.length >= WRITE_EACH) await rejects.write(unacknowledged.splice(0));
      if (signal.aborted || refusal || pending.failed) return;
    }
  }
}

async function sendOne(
  { line, order }: Extract<SourceItem, { kind: "order" }>,
  { send, onDelivered, onFailed, tally }: DeliveryOptions,
  unacknowledged: RejectedLine[],
): Promise<void> {
  try {
    const at = await send(order);
    tally.delivered++;
    onDelivered(order, at);
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    if (error.definite) tally.refused++;
    else tally.unknown++;
    const input = { json: JSON.stringify(orderToJson(order)) };
    unacknowledged.push({ kind: "reject", line, reasons: [error.message], input });
    onFailed(order, error);
  }
}

/** Counts what is under way, and keeps the first mistake of ours, which must end the run. */
class Pending {
  #count = 0;
  #mistake: { readonly error: unknown } | undefined;
  #wake = () => {};

  get failed(): boolean {
    return this.#mistake !== undefined;
  }

  add(work: Promise<void>): void {
    this.#count++;
    work.catch((error) => this.#mistake ??= { error }).finally(() => {
      if (--this.#count === 0) this.#wake();
    });
  }

  /** Resolves when nothing is under way. */
  async ended(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  throwMistake(): void {
    if (this.#mistake !== undefined) throw this.#mistake.error;
  }
}
