import { Buffer } from "node:buffer";
import type { ProducerRecord } from "../core/record.ts";
import { crc32c } from "./crc32c.ts";

/**
 * Kafka's record batch, format 2: https://kafka.apache.org/documentation/#recordbatch
 *
 * The records are written once, in one pass. The header, which names the producer and the place in its sequence, is
 * written for every try.
 */

/** Where the records begin: everything before them has a fixed size. */
export const HEADER_BYTES = 61;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
/** The number of the format. */
export const MAGIC = 2;

/** What the header of a batch says, beside what follows from its records. */
export interface BatchHeader {
  readonly count: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** The sequence number of the first record. */
  readonly firstSequence: number;
  /** Of every record; epoch milliseconds. */
  readonly timestamp: number;
  /** The number of the codec that the records are compressed with; 0 for none. */
  readonly codec: number;
}

/** Writes records behind room for the header, which {@linkcode writeHeader} fills in. All carry the batch's own timestamp. */
export function encodeRecords(records: readonly ProducerRecord[]): Buffer {
  let bytes = HEADER_BYTES;
  for (let index = 0; index < records.length; index++) {
    const body = bodyBytes(records[index]!, index);
    bytes += varintBytes(body) + body;
  }
  const buffer = Buffer.allocUnsafe(bytes);
  let at = HEADER_BYTES;
  for (let index = 0; index < records.length; index++) at = writeRecord(buffer, at, records[index]!, index);
  return buffer;
}

/** Makes records that stand behind room for a header a batch. */
export function writeHeader(batch: Buffer, header: BatchHeader): void {
  const { count, codec, timestamp, producerId, producerEpoch, firstSequence } = header;
  const time = BigInt(timestamp);
  batch.writeBigInt64BE(0n, 0); // the offset, which the broker gives
  batch.writeInt32BE(batch.length - 12, 8); // everything behind this number
  batch.writeInt32BE(0, 12); // the leader's epoch, the broker's too
  batch[MAGIC_AT] = MAGIC;
  batch.writeInt16BE(codec, ATTRIBUTES_AT);
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(time, 27);
  batch.writeBigInt64BE(time, 35);
  batch.writeBigInt64BE(producerId, 43);
  batch.writeInt16BE(producerEpoch, 51);
  batch.writeInt32BE(firstSequence, 53);
  batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT), CRC_AT);
}

/** A record without its own length: attributes, two deltas, key, value, headers. The time's delta is always 0. */
function bodyBytes({ key, value, headers = [] }: ProducerRecord, index: number): number {
  let bytes = 2 + varintBytes(index) + dataBytes(key) + dataBytes(value) + varintBytes(headers.length);
  for (const [name, content] of headers) {
    const nameBytes = Buffer.byteLength(name);
    bytes += varintBytes(nameBytes) + nameBytes + dataBytes(content);
  }
  return bytes;
}

function dataBytes(data: Uint8Array | null): number {
  return data === null ? 1 : varintBytes(data.length) + data.length;
}

function writeRecord(buffer: Buffer, start: number, record: ProducerRecord, index: number): number {
  const { key, value, headers = [] } = record;
  let at = writeVarint(buffer, start, bodyBytes(record, index));
  buffer[at++] = 0; // attributes
  buffer[at++] = 0; // the time's delta
  at = writeVarint(buffer, at, index);
  at = writeData(buffer, at, key);
  at = writeData(buffer, at, value);
  at = writeVarint(buffer, at, headers.length);
  for (const [name, content] of headers) {
    at = writeVarint(buffer, at, Buffer.byteLength(name));
    at += buffer.write(name, at);
    at = writeData(buffer, at, content);
  }
  return at;
}

function writeData(buffer: Buffer, start: number, data: Uint8Array | null): number {
  if (data === null) return writeVarint(buffer, start, -1);
  const at = writeVarint(buffer, start, data.length);
  buffer.set(data, at);
  return at + data.length;
}

/** Zigzag: small numbers of either sign are short. */
function writeVarint(buffer: Buffer, start: number, value: number): number {
  let rest = (value << 1 ^ value >> 31) >>> 0;
  let at = start;
  while (rest >= 0x80) {
    buffer[at++] = rest & 0x7f | 0x80;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}

/** Of a number that is not negative. */
function varintBytes(value: number): number {
  if (value < 0x40) return 1;
  if (value < 0x2000) return 2;
  if (value < 0x10_0000) return 3;
  return value < 0x800_0000 ? 4 : 5;
}
