/**
 * CRC-32C (Castagnoli), which Kafka's record batches carry. Eight bytes at a time, with a table for each: `node:zlib`
 * knows only the CRC-32 of zip files.
 */
const POLYNOMIAL = 0x82f63b78; // reflected
const TABLES = makeTables();

/** The checksum of `bytes` from `start` to `end`. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc ^= bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
    crc = t7[crc & 255]! ^ t6[crc >>> 8 & 255]! ^ t5[crc >>> 16 & 255]! ^ t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^ t2[bytes[at + 5]!]! ^ t1[bytes[at + 6]!]! ^ t0[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = t0[(crc ^ bytes[at]!) & 255]! ^ crc >>> 8;
  return ~crc >>> 0;
}

type Tables = [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

function makeTables(): Tables {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256)) as Tables;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ POLYNOMIAL : crc >>> 1;
    tables[0][byte] = crc;
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let table = 1; table < 8; table++) {
      const before = tables[table - 1]![byte]!;
      tables[table]![byte] = tables[0][before & 255]! ^ before >>> 8;
    }
  }
  return tables;
}
