import { WireError, WireReader } from "./kafka_proxy_wire.ts";

/** A record's headers as text, by name. */
export type WireHeaders = ReadonlyMap<string, string>;

/** The last three bits of a batch's attributes name its compression. */
const COMPRESSION = 0b111;
const ATTRIBUTES_AT = 21;
const COUNT_AT = 57;

const text = new TextDecoder();

/** The headers of every record of a batch, format 2 and not compressed, as a Produce request brings it. */
export function recordHeaders(batch: Uint8Array): WireHeaders[] {
  const reader = new WireReader(batch);
  reader.at = ATTRIBUTES_AT;
  if ((reader.int16() & COMPRESSION) !== 0) throw new WireError("The records of this batch are compressed.");
  reader.at = COUNT_AT;
  return Array.from({ length: reader.int32() }, () => {
    const end = reader.varint() + reader.at;
    reader.int8(); // attributes
    reader.varint(); // the time's delta
    reader.varint(); // the offset's
    data(reader); // key
    data(reader); // value
    const headers = Array.from({ length: reader.varint() }, () => {
      const name = text.decode(data(reader));
      return [name, text.decode(data(reader))] as const;
    });
    if (reader.at !== end) throw new WireError(`A record ends at ${reader.at}, not at ${end} as it says.`);
    return new Map(headers);
  });
}

function data(reader: WireReader): Uint8Array {
  return reader.take(Math.max(0, reader.varint()));
}
