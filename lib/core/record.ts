/**
 * A record as Kafka stores it: bytes and coordinates, nothing decoded.
 *
 * Offsets are plain numbers: kafkajs gives text, and 2^53 offsets at a million records a second last 285 years.
 */

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A header; names may repeat, and a value may be empty but not absent. */
export type RecordHeader = readonly [name: string, value: Uint8Array];

/**
 * A record as it was read, with the place it was read from. Key and value are views of a whole fetch, made when they
 * are asked for: copy the bytes that you keep, and name the fields that you pass on (`{ ...record }` has neither).
 */
export interface ConsumerRecord extends TopicPartition {
  readonly offset: number;
  /** Epoch milliseconds, as Kafka stored it: the time of sending, unless the topic says otherwise. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** Bytes of key and value together, where they are known without looking at either. */
  readonly dataBytes?: number | undefined;
  /** `keyHash()` of the key, where there is one and it is known without making a view of it. */
  readonly keyHash?: number | undefined;
}

/** A record to be written. The partition is the caller's choice, so that a retry can never change it. */
export interface ProducerRecord extends TopicPartition {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
}

/** Where an acknowledged record stands in the log. */
export interface RecordMetadata extends TopicPartition {
  readonly offset: number;
}

/** A decoded value together with the record it came from. */
export interface Message<T> {
  readonly value: T;
  readonly record: ConsumerRecord;
}

/** `orders[2]@17`: the short form in which logs and errors name a record. */
export function coordinates(record: TopicPartition & { readonly offset?: number }): string {
  const place = `${record.topic}[${record.partition}]`;
  return record.offset === undefined ? place : `${place}@${record.offset}`;
}
