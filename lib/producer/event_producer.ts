import type { ProducerRecord, RecordMetadata } from "../core/record.ts";
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
  /** Counts what could not be encoded; the producer counts the rest. */
  readonly metrics?: Pick<ProducerMetrics, "sendErrors">;
}

const utf8 = new TextEncoder();
/** So many keys are kept with their bytes and their partition; beyond, all are forgotten and learned again. */
const MAX_KEYS = 10_000;

interface Keyed {
  readonly key: Uint8Array;
  readonly partition: number;
}

/** Sends events of one type to one topic: encoded, keyed, partitioned, counted. */
export class EventProducer<T> {
  readonly #options: EventProducerOptions<T>;
  readonly #keys = new Map<string, Keyed>();

  constructor(options: EventProducerOptions<T>) {
    this.#options = options;
    options.producer.expectPartitions(options.topic, options.partitions);
  }

  /**
   * Resolves when the event is in the log. Rejects with a `DeliveryError` when it was not acknowledged, or with the
   * encoder's error when it never got so far.
   */
  send(value: T): Promise<RecordMetadata> {
    const { producer, topic, encode, keyOf, metrics } = this.#options;
    let record: ProducerRecord;
    try {
      record = { topic, ...this.#keyed(keyOf(value)), value: encode(value) };
    } catch (error) {
      metrics?.sendErrors.inc();
      return Promise.reject(error);
    }
    return producer.send(record);
  }

  #keyed(text: string): Keyed {
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
    const key = utf8.encode(text);
    const keyed = { key, partition: partitionFor(key, this.#options.partitions) };
    this.#keys.set(text, keyed);
    return keyed;
  }
}
