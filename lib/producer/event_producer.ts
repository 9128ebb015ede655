import { type Clock, systemClock } from "../core/clock.ts";
import type { RecordMetadata } from "../core/record.ts";
import type { ProducerMetrics } from "../ops/metrics.ts";
import { partitionFor } from "./partitioner.ts";
import type { Producer } from "./producer.ts";

/** What an event producer is built from. */
export interface EventProducerOptions<T> {
  readonly producer: Producer;
  readonly topic: string;
  /** How many partitions the topic has. Fixed for the life of the producer: a change would split a user's order. */
  readonly partitions: number;
  /** Value to bytes, schema id included. Throws for what is no valid event. */
  readonly encode: (value: T) => Uint8Array;
  /** Events of one key stay in order. */
  readonly keyOf: (value: T) => string;
  readonly metrics?: ProducerMetrics;
  readonly clock?: Clock;
}

const utf8 = new TextEncoder();

/** Sends events of one type to one topic: encoded, keyed, partitioned, counted. */
export class EventProducer<T> {
  readonly #options: EventProducerOptions<T>;
  readonly #clock: Clock;

  constructor(options: EventProducerOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    options.producer.expectPartitions(options.topic, options.partitions);
  }

  /**
   * Resolves when the event is in the log. Rejects with a `DeliveryError` when it was not acknowledged, or with the
   * encoder's error when it never got so far.
   */
  async send(value: T): Promise<RecordMetadata> {
    const { producer, topic, partitions, encode, keyOf, metrics } = this.#options;
    let key: Uint8Array;
    let bytes: Uint8Array;
    try {
      key = utf8.encode(keyOf(value));
      bytes = encode(value);
    } catch (error) {
      metrics?.sendErrors.inc();
      throw error;
    }
    metrics?.messagesSent.inc();
    const sentAt = this.#clock.monotonic();
    try {
      const metadata = await producer.send({
        topic,
        partition: partitionFor(key, partitions),
        key,
        value: bytes,
      });
      metrics?.deliverySuccess.inc();
      metrics?.sendLatency.observe((this.#clock.monotonic() - sentAt) / 1_000);
      return metadata;
    } catch (error) {
      metrics?.deliveryFailed.inc();
      throw error;
    }
  }
}
