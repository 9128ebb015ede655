import type { Buffer } from "node:buffer";
import { keyHash } from "../core/key_hash.ts";
import type { ConsumerRecord, RecordHeader, TopicPartition } from "../core/record.ts";

/** What a record says, and where its key and its value lie; a start of -1 stands for null. */
export interface RecordFacts {
  readonly offset: number;
  readonly timestamp: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly headers: readonly RecordHeader[];
}

/**
 * A record as it lies in the bytes of its fetch. Key and value are views that are made when they are asked for:
 * thousands of records wait at a time, and views that waited with them would cost the collector more than making them.
 */
export class FetchedRecord implements ConsumerRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly headers: readonly RecordHeader[];
  readonly #bytes: Buffer;
  readonly #keyStart: number;
  readonly #keyEnd: number;
  readonly #valueStart: number;
  readonly #valueEnd: number;

  constructor({ topic, partition }: TopicPartition, bytes: Buffer, facts: RecordFacts) {
    this.topic = topic;
    this.partition = partition;
    this.offset = facts.offset;
    this.timestamp = facts.timestamp;
    this.headers = facts.headers;
    this.#bytes = bytes;
    this.#keyStart = facts.keyStart;
    this.#keyEnd = facts.keyEnd;
    this.#valueStart = facts.valueStart;
    this.#valueEnd = facts.valueEnd;
  }

  get key(): Buffer | null {
    return this.#keyStart < 0 ? null : this.#bytes.subarray(this.#keyStart, this.#keyEnd);
  }

  get value(): Buffer | null {
    return this.#valueStart < 0 ? null : this.#bytes.subarray(this.#valueStart, this.#valueEnd);
  }

  get keyHash(): number | undefined {
    return this.#keyStart < 0 ? undefined : keyHash(this.#bytes, this.#keyStart, this.#keyEnd);
  }

  get dataBytes(): number {
    return this.#keyEnd - this.#keyStart + this.#valueEnd - this.#valueStart;
  }
}
