import type { Buffer } from "node:buffer";
import avsc from "avsc";
import { FRAME_BYTES } from "@orderline/lib/avro/wire_format";
import { ORDER_SCHEMA_TEXT } from "@orderline/schemas";

const type = avsc.Type.forSchema(JSON.parse(ORDER_SCHEMA_TEXT));

/** A framed order, decoded as avsc's manual shows: by the schema compiled in, whatever id the frame names, unchecked. */
export function decodeOrder(framed: Buffer): unknown {
  return type.fromBuffer(framed.subarray(FRAME_BYTES));
}
