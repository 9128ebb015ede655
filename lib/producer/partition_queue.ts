import type { Cancel, Clock } from "../core/clock.ts";
import type { ProducerRecord, RecordMetadata, TopicPartition } from "../core/record.ts";
import { DeliveryError } from "./delivery_error.ts";

/** How records are gathered into batches. */
export interface BatchLimits {
  /** How long the first record of a batch waits for company. */
  readonly lingerMs: number;
  readonly maxRecords: number;
  /** Keys, values and headers together. The broker's `max.message.bytes` bounds a batch, 1 MiB by default. */
  readonly maxBytes: number;
}

/** Writes one batch and resolves with the offset of its first record. */
export type Deliver = (target: TopicPartition, records: readonly ProducerRecord[]) => Promise<number>;

interface Entry {
  readonly record: ProducerRecord;
  readonly bytes: number;
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: unknown) => void;
}

/** A batch, not one record, was too large for the broker: its parts may not be. */
const TOO_LARGE = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD"]);

/**
 * The records waiting for one partition. At most one batch is unfinished, retries included: with two, kafkajs can
 * lose one of them and acknowledge both. What arrives meanwhile goes as soon as the partition is free.
 */
export class PartitionQueue {
  readonly #target: TopicPartition;
  readonly #limits: BatchLimits;
  readonly #deliver: Deliver;
  readonly #clock: Clock;
  #waiting: Entry[] = [];
  #waitingBytes = 0;
  #sending = false;
  #cancelLinger: Cancel | undefined;

  constructor(target: TopicPartition, limits: BatchLimits, deliver: Deliver, clock: Clock) {
    this.#target = target;
    this.#limits = limits;
    this.#deliver = deliver;
    this.#clock = clock;
  }

  /** Adds a record behind all that were added before. Resolves when it is in the log. */
  add(record: ProducerRecord, bytes: number): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      if (this.#sending) return;
      if (this.#isFull()) this.sendNow();
      else this.#cancelLinger ??= this.#clock.after(this.#limits.lingerMs, () => this.sendNow());
    });
  }

  /** Ends the linger. */
  sendNow(): void {
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    if (this.#sending || this.#waiting.length === 0) return;
    this.#sending = true;
    void this.#send(this.#take()).finally(() => {
      this.#sending = false;
      this.sendNow();
    });
  }

  #isFull(): boolean {
    return this.#waiting.length >= this.#limits.maxRecords || this.#waitingBytes >= this.#limits.maxBytes;
  }

  #take(): Entry[] {
    const { maxRecords, maxBytes } = this.#limits;
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

  async #send(batch: readonly Entry[]): Promise<void> {
    try {
      const first = await this.#deliver(this.#target, batch.map((entry) => entry.record));
      const { topic, partition } = this.#target;
      batch.forEach((entry, index) => entry.resolve({ topic, partition, offset: first + index }));
    } catch (error) {
      if (error instanceof DeliveryError && error.definite && TOO_LARGE.has(error.code) && batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        await this.#send(batch.slice(0, half));
        await this.#send(batch.slice(half));
      } else {
        for (const entry of batch) entry.reject(error);
      }
    }
  }
}
