import type { RecordMetadata } from "@orderline/lib/core/record";
import { DeliveryError } from "@orderline/lib/producer/delivery_error";
import type { Order } from "@orderline/schemas";
import type { SourceItem } from "./order_source.ts";
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

/**
 * Sends every order of the source. Resolves when the source is at its end or the signal has aborted, and every
 * order taken from it is answered: each line is delivered, rejected, or named as failed, never dropped.
 */
export async function deliver(options: DeliveryOptions): Promise<void> {
  const { source, send, room, rejects, onDelivered, onRejected, onFailed, signal, tally } = options;
  let pending = 0;
  let allAnswered = () => {};
  const settle = () => {
    if (--pending === 0) allAnswered();
  };
  const sendOne = async (order: Order) => {
    pending++;
    try {
      const at = await send(order);
      tally.delivered++;
      onDelivered(order, at);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      if (error.definite) tally.refused++;
      else tally.unknown++;
      onFailed(order, error);
    } finally {
      settle();
    }
  };

  let failure: unknown;
  for await (const items of source) {
    // Written before anything that comes after them is sent, so that a crash finds them in the file.
    await rejects.write(items.filter((item) => item.kind === "reject"));
    for (const item of items) {
      await room();
      if (signal.aborted || failure !== undefined) break;
      tally.read++;
      if (item.kind === "order") {
        sendOne(item.order).catch((error) => failure ??= error);
        continue;
      }
      tally.rejected++;
      onRejected(item.line, item.reasons);
    }
    if (signal.aborted || failure !== undefined) break;
  }
  if (pending > 0) await new Promise<void>((resolve) => allAnswered = resolve);
  if (failure !== undefined) throw failure;
}
