import type { Buffer } from "node:buffer";
import { type ConsumerRecord, coordinates, type RecordHeader, type TopicPartition } from "../core/record.ts";
import { crc32c } from "./crc32c.ts";
import { FetchedRecord } from "./fetched_record.ts";
import { ATTRIBUTES_AT, CRC_AT, HEADER_BYTES, MAGIC, MAGIC_AT } from "./record_batch.ts";

/** A transaction that was given up: what its producer wrote from this offset on, up to its marker, does not exist. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** What the record batches of one partition hold, of which bytes and checksums were looked at, and no record yet. */
export interface BatchRecords {
  /** How many records there are. */
  readonly count: number;
  /** Past the last batch, with what it holds that is no record, or none any more (markers, compaction). */
  readonly nextOffset: number;
  /**
   * The records from an offset on, made anew by each call: bytes can wait for their turn more cheaply than records.
   *
   * @throws {UnreadableBatch} when they do not fit into their batch, naming it.
   */
  read(from: number): ConsumerRecord[];
}

/** What a batch is unpacked with, by the number in its attributes; undefined where the records are as they are. */
export type Inflate = (codec: number, bytes: Buffer) => Buffer | Promise<Buffer>;

/** By their numbers. */
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"];
const LOG_BYTES = 12; // offset and length, which the length does not count
const CODEC = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const ABORT_MARKER = 0;
const NO_HEADERS: readonly RecordHeader[] = [];

/**
 * A batch that cannot be read, now or at the next try. kafkajs looks at `retriable`: what does not say `false` it asks
 * for fifteen times more, without a word and without a heartbeat, and in the end it is the silence that is told.
 */
export class UnreadableBatch extends Error {
  override readonly name = "UnreadableBatch";
  readonly retriable = false;
}

/**
 * Reads the record batches of a fetched partition (format 2), each checked against its checksum. The last one may be
 * cut off, as brokers send it; then it is left out, and so is what stands behind a batch that cannot be read. Undefined
 * when not one is whole.
 *
 * @throws {UnreadableBatch} when the first batch is not what the broker stored, or of a kind that is not known.
 */
export async function readRecordBatches(
  bytes: Buffer,
  from: TopicPartition,
  { aborted, inflate }: { readonly aborted: readonly AbortedTransaction[]; readonly inflate: Inflate },
): Promise<BatchRecords | undefined> {
  const readers: RecordsReader[] = [];
  const transactions = new AbortedTransactions(aborted);
  let nextOffset: number | undefined;
  for (let start = 0; start + MAGIC_AT < bytes.length;) {
    try {
      const end = endOfBatch(bytes, start, from);
      if (end === undefined) break;
      const firstOffset = int64(bytes, start);
      const attributes = bytes.readInt16BE(start + ATTRIBUTES_AT);
      const producerId = bytes.readBigInt64BE(start + 43);
      const isData = transactions.isData(firstOffset, producerId, {
        isTransactional: (attributes & TRANSACTIONAL) !== 0,
        isAbort: () => (attributes & CONTROL) !== 0 && isAbortMarker(bytes, start),
      });
      if ((attributes & CONTROL) === 0 && isData) {
        const packed = bytes.subarray(start + HEADER_BYTES, end);
        const codec = attributes & CODEC;
        const at = { ...from, offset: firstOffset };
        readers.push(
          new RecordsReader(codec === 0 ? packed : await unpacked(inflate, { codec, packed, at }), from, {
            firstOffset,
            firstTimestamp: int64(bytes, start + 27),
            appendTimestamp: (attributes & LOG_APPEND_TIME) === 0 ? undefined : int64(bytes, start + 35),
            count: bytes.readInt32BE(start + 57),
          }),
        );
      }
      nextOffset = firstOffset + bytes.readInt32BE(start + 23) + 1;
      start = end;
    } catch (error) {
      if (nextOffset === undefined) throw error;
      break; // what stands before it is whole; the next fetch begins with it
    }
  }
  if (nextOffset === undefined) return undefined;
  return {
    count: readers.reduce((sum, { count }) => sum + count, 0),
    nextOffset,
    read(from) {
      const records: ConsumerRecord[] = [];
      for (const reader of readers) reader.readInto(records, from);
      return records;
    },
  };
}

/** Where the batch ends that begins here, whose bytes are as they were written; undefined when it is cut off. */
function endOfBatch(bytes: Buffer, start: number, from: TopicPartition): number | undefined {
  const offset = int64(bytes, start);
  const magic = bytes[start + MAGIC_AT];
  if (magic !== MAGIC) { // before anything else: a message of an older format may be shorter than a header
    throw new UnreadableBatch(
      `the records at ${
        coordinates({ ...from, offset })
      } are of format ${magic}, which clients of before Kafka ` +
        "0.11 wrote and this program does not read: copy them to another topic with a client that does",
    );
  }
  const end = start + LOG_BYTES + bytes.readInt32BE(start + 8);
  if (end > bytes.length || start + HEADER_BYTES > bytes.length) return undefined;
  if (end < start + HEADER_BYTES) throw damaged(from, offset, "is shorter than its header");
  if (crc32c(bytes, start + ATTRIBUTES_AT, end) !== bytes.readUInt32BE(start + CRC_AT)) {
    throw damaged(from, offset, "does not match its checksum");
  }
  return end;
}

async function unpacked(
  inflate: Inflate,
  { codec, packed, at }: {
    readonly codec: number;
    readonly packed: Buffer;
    readonly at: TopicPartition & { readonly offset: number };
  },
): Promise<Buffer> {
  try {
    return await inflate(codec, packed);
  } catch (error) {
    const name = CODECS[codec] ?? `codec ${codec}`;
    throw new UnreadableBatch(
      `the record batch at ${coordinates(at)} is compressed with ${name} and cannot be unpacked: ` +
        `${
          error instanceof Error ? error.message : error
        }. This program reads gzip, and what is not compressed: ` +
        "have its producers, and compression.type of its topic, use one of them",
    );
  }
}

/** Tells records of transactions that were given up from all others, batch after batch. */
class AbortedTransactions {
  readonly #toCome: AbortedTransaction[];
  readonly #producers = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#toCome = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  isData(
    offset: number,
    producerId: bigint,
    batch: { readonly isTransactional: boolean; readonly isAbort: () => boolean },
  ): boolean {
    while (this.#toCome.length > 0 && this.#toCome[0]!.firstOffset <= offset) {
      this.#producers.add(this.#toCome.shift()!.producerId);
    }
    if (!batch.isTransactional || !this.#producers.has(producerId)) return true;
    if (batch.isAbort()) this.#producers.delete(producerId);
    return false;
  }
}

/** The key of a marker: version, then what it says. */
function isAbortMarker(bytes: Buffer, start: number): boolean {
  let at = start + HEADER_BYTES;
  while (bytes[at++]! >= 0x80); // the record's length
  at += 3; // attributes and two deltas that are 0
  return bytes[at] === 8 && bytes.readInt16BE(at + 3) === ABORT_MARKER; // 8: the zigzag of a length of 4
}

interface BatchFacts {
  readonly firstOffset: number;
  readonly firstTimestamp: number;
  /** The broker's time, where the topic wants it. */
  readonly appendTimestamp: number | undefined;
  readonly count: number;
}

/** Reads the records of a batch, which stand one behind the other. */
class RecordsReader {
  readonly #bytes: Buffer;
  readonly #from: TopicPartition;
  readonly #batch: BatchFacts;
  #at = 0;

  constructor(bytes: Buffer, from: TopicPartition, batch: BatchFacts) {
    this.#bytes = bytes;
    this.#from = from;
    this.#batch = batch;
  }

  get count(): number {
    return this.#batch.count;
  }

  readInto(records: ConsumerRecord[], from: number): void {
    const { firstOffset, firstTimestamp, appendTimestamp, count } = this.#batch;
    this.#at = 0;
    for (let index = 0; index < count; index++) {
      const end = this.#varint() + this.#at;
      this.#at++; // attributes, which mean nothing
      const timestamp = firstTimestamp + this.#varint();
      const offset = firstOffset + this.#varint();
      const keyStart = this.#skipData();
      const keyEnd = keyStart < 0 ? -1 : this.#at;
      const valueStart = this.#skipData();
      const valueEnd = valueStart < 0 ? -1 : this.#at;
      const headers = this.#headers();
      if (this.#at !== end || end > this.#bytes.length) {
        throw damaged(this.#from, firstOffset, `has a record ${index} that does not end where it should`);
      }
      if (offset < from) continue;
      records.push(
        new FetchedRecord(this.#from, this.#bytes, {
          offset,
          timestamp: appendTimestamp ?? timestamp,
          keyStart,
          keyEnd,
          valueStart,
          valueEnd,
          headers,
        }),
      );
    }
  }

  #headers(): readonly RecordHeader[] {
    const count = this.#varint();
    if (count <= 0) return NO_HEADERS;
    const headers: RecordHeader[] = [];
    for (let index = 0; index < count && this.#at < this.#bytes.length; index++) {
      const name = this.#bytes.toString("utf8", Math.max(0, this.#skipData()), this.#at);
      const start = this.#skipData();
      if (start >= 0) headers.push([name, this.#bytes.subarray(start, this.#at)]); // without a value it says nothing
    }
    return headers;
  }

  /** Goes over bytes that stand behind their length; where they begin, or -1 for null. */
  #skipData(): number {
    const length = this.#varint();
    if (length < 0) return -1;
    const start = this.#at;
    this.#at += length;
    return start;
  }

  /** Zigzag, 7 bits a byte, up to 64 bits; numbers of more than 53 do not occur in what is read here. */
  #varint(): number {
    let byte = this.#bytes[this.#at++]!;
    let value = byte & 0x7f;
    if (byte >= 0x80) {
      for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
        byte = this.#bytes[this.#at++]!;
        value += (byte & 0x7f) * factor;
      }
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

function damaged(from: TopicPartition, offset: number, what: string): UnreadableBatch {
  return new UnreadableBatch(
    `the record batch at ${
      coordinates({ ...from, offset })
    } ${what}: the bytes were damaged on the disk of a broker ` +
      "or on the way. Nothing of it was taken, and it will be asked for again",
  );
}
