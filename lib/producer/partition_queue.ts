import type { Cancel, Clock } from "../core/clock.ts";
import type { TopicPartition } from "../core/record.ts";
import { DeliveryError } from "./delivery_error.ts";
import type { PendingRecord } from "./pending_record.ts";
import type { Batch } from "./batch.ts";

/** How records are gathered into batches. */
export interface BatchLimits {
  /** How long the first record of a batch waits for company. */
  readonly lingerMs: number;
  readonly maxRecords: number;
  /** Keys, values and headers together. The broker's `max.message.bytes` bounds a batch, 1 MiB by default. */
  readonly maxBytes: number;
}

/** What a partition queue is given. */
export interface PartitionQueueOptions {
  readonly limits: BatchLimits;
  readonly clock: Clock;
  /** A record without an answer this long after it was sent is given up. */
  readonly deliveryTimeoutMs: number;
  /** Writes one batch and resolves with the offset of its first record. */
  readonly deliver: (batch: Batch) => Promise<number>;
  /** These have their answer. */
  readonly onAnswered: (records: readonly PendingRecord[], answer: { readonly delivered: boolean }) => void;
  /** Records are in the log, but before ones that were acknowledged earlier. */
  readonly onWentBack: (
    target: TopicPartition,
    offsets: { readonly from: number; readonly to: number },
  ) => void;
}

/** A batch, not one record, was too large for the broker or holds one that is not valid: its parts may pass. */
const DIVIDED = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD"]);

/**
 * The records waiting for one partition. At most one batch is unfinished, retries included: with two, kafkajs can
 * lose one of them and acknowledge both. What arrives meanwhile goes as soon as the partition is free.
 */
export class PartitionQueue {
  readonly target: TopicPartition;
  readonly #options: PartitionQueueOptions;
  #waiting: PendingRecord[] = [];
  #waitingBytes = 0;
  #sendingSince: number | undefined;
  #cancelLinger: Cancel | undefined;
  #lastOffset = -1;

  constructor(target: TopicPartition, options: PartitionQueueOptions) {
    this.target = target;
    this.#options = options;
  }

  /** How long the unfinished batch has been without an answer; 0 when there is none. */
  get unansweredMs(): number {
    return this.#sendingSince === undefined ? 0 : this.#options.clock.monotonic() - this.#sendingSince;
  }

  /**
   * Adds a record behind all that were added before. It is answered when it is in the log, or is not going to be. A
   * batch is given up as a whole, when its first record is due.
   */
  add(record: PendingRecord): void {
    this.#waiting.push(record);
    this.#waitingBytes += record.bytes;
    if (this.#sendingSince !== undefined) return;
    const { limits, clock } = this.#options;
    if (this.#isFull()) this.sendNow();
    else this.#cancelLinger ??= clock.after(limits.lingerMs, () => this.sendNow());
  }

  /** Ends the linger. */
  sendNow(): void {
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    if (this.#sendingSince !== undefined) return;
    const batch = this.#take();
    if (batch.length === 0) return;
    this.#sendingSince = this.#options.clock.monotonic();
    void this.#send(batch).finally(() => {
      this.#sendingSince = undefined;
      this.sendNow();
    });
  }

  #isFull(): boolean {
    const { maxRecords, maxBytes } = this.#options.limits;
    return this.#waiting.length >= maxRecords || this.#waitingBytes >= maxBytes;
  }

  /** The next batch, without what is too late to be sent. */
  #take(): PendingRecord[] {
    const { limits: { maxRecords, maxBytes }, clock, deliveryTimeoutMs } = this.#options;
    const isDue = ({ sentAt }: PendingRecord) => clock.monotonic() - sentAt >= deliveryTimeoutMs;
    const firstInTime = this.#waiting.findIndex((one) => !isDue(one));
    const late = this.#waiting.splice(0, firstInTime === -1 ? this.#waiting.length : firstInTime);
    if (late.length > 0) {
      for (const { bytes } of late) this.#waitingBytes -= bytes;
      this.#reject(late, tooLate(this.target));
    }
    let bytes = 0;
    let count = 0;
    for (const entry of this.#waiting) {
      if (count === maxRecords || (count > 0 && bytes + entry.bytes > maxBytes)) break;
      bytes += entry.bytes;
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #send(batch: readonly PendingRecord[]): Promise<void> {
    const { deliver, deliveryTimeoutMs, onAnswered, onWentBack } = this.#options;
    const { topic, partition } = this.target;
    try {
      const first = await deliver({
        target: this.target,
        records: batch.map(({ record }) => record),
        giveUpAt: batch[0]!.sentAt + deliveryTimeoutMs,
      });
      if (first <= this.#lastOffset) onWentBack(this.target, { from: this.#lastOffset, to: first });
      this.#lastOffset = first + batch.length - 1;
      for (let index = 0; index < batch.length; index++) {
        batch[index]!.resolve({ topic, partition, offset: first + index });
      }
      onAnswered(batch, { delivered: true });
    } catch (error) {
      const divide = error instanceof DeliveryError && error.definite && DIVIDED.has(error.code);
      if (divide && batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        await this.#send(batch.slice(0, half));
        await this.#send(batch.slice(half));
      } else {
        this.#reject(batch, divide ? alone(this.target, error.code, batch[0]!) : error);
      }
    }
  }

  #reject(records: readonly PendingRecord[], error: unknown): void {
    for (const record of records) record.reject(error);
    this.#options.onAnswered(records, { delivered: false });
  }
}

/** The broker's answer was about a batch; this one is about the record. */
function alone(target: TopicPartition, code: string, { bytes }: PendingRecord): DeliveryError {
  const message = code === "INVALID_RECORD"
    ? "the broker takes no such record, such as one without a key for a compacted topic"
    : `its ${bytes.toLocaleString("en-US")} bytes are more than the broker takes`;
  return new DeliveryError(target, { definite: true, code, message });
}

function tooLate(target: TopicPartition): DeliveryError {
  return new DeliveryError(target, {
    definite: true,
    code: "TIMED_OUT",
    message: "its delivery timeout passed while those before it were not acknowledged",
  });
}
