import type { Clock, Random } from "../core/clock.ts";
import { systemClock, systemRandom } from "../core/clock.ts";
import {
  coordinates,
  type ProducerRecord,
  type RecordMetadata,
  type TopicPartition,
} from "../core/record.ts";
import { settleWithin } from "../core/settle_within.ts";
import type { OpenProducerSession } from "../kafka/ports.ts";
import { getLogger } from "../ops/log.ts";
import type { ProducerMetrics } from "../ops/metrics.ts";
import { DeliveryError } from "./delivery_error.ts";
import { type BatchLimits, PartitionQueue } from "./partition_queue.ts";
import { PartitionCounts } from "./partition_counts.ts";
import { type PendingRecord, recordBytes } from "./pending_record.ts";
import { ProducerSlot } from "./slot.ts";

/**
 * The topic is not what it was, and only people can tell what to do. `offsets-reset`: it was made anew, or its log was
 * cut. `partition-count`: partitions were added, and other producers may place the same keys elsewhere.
 */
export type ProducerAlarm = "offsets-reset" | "partition-count";

/** What a producer is built from. */
export interface ProducerOptions {
  readonly open: OpenProducerSession;
  readonly batch: BatchLimits;
  /** Sessions of a topic that write side by side; a kafkajs session writes to one broker one request at a time. */
  readonly slots?: number;
  /** With this many unacknowledged records `send` waits. */
  readonly maxBufferedRecords?: number;
  readonly maxBufferedBytes?: number;
  /** Give up on a record this long after `send`; undefined: keep trying until closed. */
  readonly deliveryTimeoutMs?: number;
  /** Is told of every alarm; each is logged as an error, too. */
  readonly onAlarm?: (alarm: ProducerAlarm) => void;
  readonly metrics?: ProducerMetrics;
  readonly clock?: Clock;
  readonly random?: Random;
}

const SLOTS = 3;
/** Five full batches; each record held costs about 3 KB with its promises. */
const MAX_BUFFERED_RECORDS = 5_000;
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;
/** A batch without an answer for this long is trouble. */
const TROUBLE_MS = 5_000;

const log = getLogger("producer");

/**
 * Writes records so that an acknowledged one is in the log.
 *
 * Records of one partition are written in the order of their `send` calls. A record that fails does not hold up
 * those behind it.
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #clock: Clock;
  /** Of each topic its own: kafkajs asks for all topics of a session at once, and one that is forbidden spoils the answer. */
  readonly #slots = new Map<string, readonly ProducerSlot[]>();
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #partitionCounts: PartitionCounts;
  readonly #stop = new AbortController();
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  #records = 0;
  #bytes = 0;
  readonly #arrivals: PendingRecord[] = [];
  #roomWaiters: (() => void)[] = [];
  #drainWaiters: (() => void)[] = [];
  #closed = false;

  constructor(options: ProducerOptions) {
    this.#partitionCounts = new PartitionCounts((text) => this.#alarm("partition-count", text));
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#maxRecords = options.maxBufferedRecords ?? MAX_BUFFERED_RECORDS;
    this.#maxBytes = options.maxBufferedBytes ?? MAX_BUFFERED_BYTES;
  }

  /** Records handed over and not yet answered. */
  get inFlight(): number {
    return this.#records;
  }

  /** What is wrong now, a sentence each; empty while all is well. */
  troubles(): string[] {
    const stuck = [...this.#queues.values()].filter((queue) => queue.unansweredMs > TROUBLE_MS);
    const longestMs = Math.max(...stuck.map((queue) => queue.unansweredMs));
    const named = stuck.slice(0, 3).map(({ target }) => coordinates(target)).join(", ");
    const more = stuck.length > 3 ? ` and ${stuck.length - 3} more` : "";
    const seconds = Math.round(longestMs / 1_000);
    return [
      ...(stuck.length > 0 ? [`no answer from ${named}${more} for ${seconds} s; trying until there is`] : []),
      ...this.#partitionCounts.troubles(),
    ];
  }

  /** Keys are placed on so many partitions of this topic: when the cluster says another number, that is an alarm. */
  expectPartitions(topic: string, expected: number): void {
    this.#partitionCounts.expect(topic, expected);
  }

  /**
   * Resolves when the record is in the log, with its place. Rejects with a {@linkcode DeliveryError} that says
   * whether it is certain that it was not written. Waits first while the buffer is full.
   */
  send(record: ProducerRecord): Promise<RecordMetadata> {
    this.#options.metrics?.messagesSent.inc();
    const bytes = recordBytes(record);
    const sentAt = this.#clock.monotonic();
    return new Promise((resolve, reject) => {
      this.#arrivals.push({ record, bytes, sentAt, resolve, reject });
      this.#admit();
    });
  }

  /** Resolves when `send` would not have to wait. A source that awaits this between sends is read at Kafka's pace. */
  room(): Promise<void> {
    return this.#isFull() ? new Promise((resolve) => this.#roomWaiters.push(resolve)) : Promise.resolve();
  }

  /** Ends the linger. Resolves with whether everything sent so far, and what came meanwhile, was answered in time. */
  flush(timeoutMs = Infinity): Promise<boolean> {
    for (const queue of this.#queues.values()) queue.sendNow();
    if (this.#records === 0) return Promise.resolve(true);
    const drained = new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
    return timeoutMs === Infinity ? drained.then(() => true) : settleWithin(drained, timeoutMs, this.#clock);
  }

  /**
   * Takes nothing more, waits up to `timeoutMs` for what is unanswered, and answers the rest as not acknowledged.
   * Resolves with whether everything was acknowledged or refused in time.
   */
  async close(timeoutMs: number): Promise<boolean> {
    this.#closed = true;
    this.#admit();
    const drained = await this.flush(timeoutMs);
    this.#stop.abort(new Error("the producer was closed"));
    const slots = [...this.#slots.values()].flat();
    for (const slot of slots) slot.cancel();
    await this.flush(); // what was stopped has its answer at once
    await Promise.all(slots.map((slot) => slot.close()));
    return drained;
  }

  #queue(record: ProducerRecord): PartitionQueue {
    const { topic, partition } = record;
    const id = `${topic}/${partition}`;
    let queue = this.#queues.get(id);
    if (queue === undefined) {
      const slots = this.#slotsOf(topic);
      const slot = slots[partition % slots.length]!;
      queue = new PartitionQueue({ topic, partition }, {
        limits: this.#options.batch,
        clock: this.#clock,
        deliveryTimeoutMs: this.#options.deliveryTimeoutMs ?? Infinity,
        onAnswered: (records, { delivered }) => this.#onAnswered(records, delivered),
        deliver: (batch) => slot.deliver(batch, this.#stop.signal),
        onWentBack: (target, offsets) => this.#onWentBack(target, offsets),
      });
      this.#queues.set(id, queue);
    }
    return queue;
  }

  #slotsOf(topic: string): readonly ProducerSlot[] {
    let slots = this.#slots.get(topic);
    if (slots === undefined) {
      const { open, random = systemRandom, slots: count = SLOTS } = this.#options;
      const onPartitionCount = (topic: string, count: number) => this.#partitionCounts.seen(topic, count);
      const slot = () => new ProducerSlot({ open, onPartitionCount, clock: this.#clock, random });
      slots = Array.from({ length: count }, slot);
      this.#slots.set(topic, slots);
    }
    return slots;
  }

  /** Moves arrivals into their queues in the order of arrival, as far as there is room: who waited is never overtaken. */
  #admit(): void {
    while (this.#arrivals.length > 0 && (this.#closed || !this.#isFull())) {
      const pending = this.#arrivals.shift()!;
      this.#records++;
      this.#bytes += pending.bytes;
      if (this.#closed) this.#refuse(pending, { code: "CLOSED", message: "the producer is closing" });
      else if (pending.bytes > this.#maxBytes) this.#refuse(pending, this.#tooLarge(pending));
      else this.#queue(pending.record).add(pending);
    }
    if (this.#closed || !this.#isFull()) { for (const resolve of this.#roomWaiters.splice(0)) resolve(); }
    if (this.#records === 0) { for (const resolve of this.#drainWaiters.splice(0)) resolve(); }
  }

  #refuse(pending: PendingRecord, refusal: { readonly code: string; readonly message: string }): void {
    this.#onAnswered([pending], false);
    pending.reject(new DeliveryError(pending.record, { definite: true, ...refusal }));
  }

  /** A broker hangs up on a request over its socket.request.max.bytes, 100 MiB: it would be sent again for ever. */
  #tooLarge({ bytes }: PendingRecord): { readonly code: string; readonly message: string } {
    const [size, most] = [bytes, this.#maxBytes].map((one) => one.toLocaleString("en-US"));
    return { code: "MESSAGE_TOO_LARGE", message: `its ${size} bytes are more than the buffer's ${most}` };
  }

  #onAnswered(records: readonly PendingRecord[], delivered: boolean): void {
    const { metrics } = this.#options;
    const now = this.#clock.monotonic();
    for (const { bytes, sentAt } of records) {
      this.#bytes -= bytes;
      if (delivered) metrics?.sendLatency.observe((now - sentAt) / 1_000);
    }
    this.#records -= records.length;
    (delivered ? metrics?.deliverySuccess : metrics?.deliveryFailed)?.inc(records.length);
    this.#admit();
  }

  #onWentBack(target: TopicPartition, { from, to }: { readonly from: number; readonly to: number }): void {
    this.#alarm(
      "offsets-reset",
      `${
        coordinates(target)
      } went back: what was written after offset ${from} stands at ${to}. The topic was made ` +
        "anew or its log was cut, so records that were acknowledged before may be gone",
    );
  }

  #alarm(alarm: ProducerAlarm, message: string): void {
    log.error(message);
    this.#options.onAlarm?.(alarm);
  }

  #isFull(): boolean {
    return this.#records >= this.#maxRecords || this.#bytes >= this.#maxBytes;
  }
}
