import type { Clock, Random } from "../core/clock.ts";
import { systemClock, systemRandom } from "../core/clock.ts";
import type { ProducerRecord, RecordMetadata } from "../core/record.ts";
import { settleWithin } from "../core/settle_within.ts";
import type { OpenProducerSession } from "../kafka/ports.ts";
import { DeliveryError } from "./delivery_error.ts";
import { type BatchLimits, type Deliver, PartitionQueue } from "./partition_queue.ts";
import { ProducerSlot } from "./slot.ts";

/** What a producer is built from. */
export interface ProducerOptions {
  readonly open: OpenProducerSession;
  readonly batch: BatchLimits;
  /** Sessions that write side by side; a kafkajs session writes to one broker one request at a time. */
  readonly slots?: number;
  /** With this many unacknowledged records `send` waits. */
  readonly maxBufferedRecords?: number;
  readonly maxBufferedBytes?: number;
  /** Give up on a record after this long; undefined: keep trying until closed. */
  readonly deliveryTimeoutMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

interface Arrival {
  readonly record: ProducerRecord;
  readonly bytes: number;
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: unknown) => void;
}

const SLOTS = 3;
/** Five full batches; each record held costs about 3 KB with its promises. */
const MAX_BUFFERED_RECORDS = 5_000;
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;
/** What Kafka's format adds to a record: lengths, attributes, deltas. */
const RECORD_OVERHEAD_BYTES = 24;

/**
 * Writes records so that an acknowledged one is in the log.
 *
 * Records of one partition are written in the order of their `send` calls. A record that fails does not hold up
 * those behind it.
 */
export class Producer {
  readonly #batch: BatchLimits;
  readonly #clock: Clock;
  readonly #slots: readonly ProducerSlot[];
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #stop = new AbortController();
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  #records = 0;
  #bytes = 0;
  readonly #arrivals: Arrival[] = [];
  #roomWaiters: (() => void)[] = [];
  #drainWaiters: (() => void)[] = [];
  #closed = false;

  constructor(options: ProducerOptions) {
    const { open, batch, clock = systemClock, random = systemRandom, deliveryTimeoutMs } = options;
    this.#batch = batch;
    this.#clock = clock;
    this.#maxRecords = options.maxBufferedRecords ?? MAX_BUFFERED_RECORDS;
    this.#maxBytes = options.maxBufferedBytes ?? MAX_BUFFERED_BYTES;
    this.#slots = Array.from(
      { length: options.slots ?? SLOTS },
      () => new ProducerSlot({ open, clock, random, deliveryTimeoutMs }),
    );
  }

  /** Records handed over and not yet answered. */
  get inFlight(): number {
    return this.#records;
  }

  /**
   * Resolves when the record is in the log, with its place. Rejects with a {@linkcode DeliveryError} that says
   * whether it is certain that it was not written. Waits first while the buffer is full.
   */
  send(record: ProducerRecord): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      this.#arrivals.push({ record, bytes: recordBytes(record), resolve, reject });
      this.#admit();
    });
  }

  /** Resolves when `send` would not have to wait. A source that awaits this between sends is read at Kafka's pace. */
  room(): Promise<void> {
    return this.#isFull() ? new Promise((resolve) => this.#roomWaiters.push(resolve)) : Promise.resolve();
  }

  /** Resolves when everything sent so far is answered. */
  flush(): Promise<void> {
    for (const queue of this.#queues.values()) queue.sendNow();
    return this.#records === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /**
   * Takes nothing more, waits up to `timeoutMs` for what is unanswered, and answers the rest as not acknowledged.
   * Resolves with whether everything was acknowledged or refused in time.
   */
  async close(timeoutMs: number): Promise<boolean> {
    this.#closed = true;
    this.#admit();
    const drained = await settleWithin(this.flush(), timeoutMs, this.#clock);
    this.#stop.abort(new Error("the producer was closed"));
    for (const slot of this.#slots) slot.cancel();
    await Promise.all(this.#slots.map((slot) => slot.close()));
    return drained;
  }

  #queue(record: ProducerRecord): PartitionQueue {
    const { topic, partition } = record;
    const id = `${topic}/${partition}`;
    let queue = this.#queues.get(id);
    if (queue === undefined) {
      const slot = this.#slots[partition % this.#slots.length]!;
      const deliver: Deliver = (target, records) => slot.deliver(target, records, this.#stop.signal);
      this.#queues.set(
        id,
        queue = new PartitionQueue({ topic, partition }, this.#batch, deliver, this.#clock),
      );
    }
    return queue;
  }

  /** Moves arrivals into their queues in the order of arrival, as far as there is room: who waited is never overtaken. */
  #admit(): void {
    while (this.#arrivals.length > 0 && (this.#closed || !this.#isFull())) {
      const { record, bytes, resolve, reject } = this.#arrivals.shift()!;
      if (this.#closed) {
        reject(
          new DeliveryError(record, { definite: true, code: "CLOSED", message: "the producer is closing" }),
        );
        continue;
      }
      this.#records++;
      this.#bytes += bytes;
      void this.#queue(record).add(record, bytes).then(resolve, reject).finally(() => {
        this.#records--;
        this.#bytes -= bytes;
        this.#admit();
      });
    }
    if (this.#closed || !this.#isFull()) { for (const resolve of this.#roomWaiters.splice(0)) resolve(); }
    if (this.#records === 0) { for (const resolve of this.#drainWaiters.splice(0)) resolve(); }
  }

  #isFull(): boolean {
    return this.#records >= this.#maxRecords || this.#bytes >= this.#maxBytes;
  }
}

function recordBytes({ key, value, headers = [] }: ProducerRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers) bytes += name.length * 3 + content.length + 4;
  return bytes;
}
