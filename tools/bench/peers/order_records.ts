import { Buffer } from "node:buffer";
import { createEncoder } from "@orderline/lib/avro/codec";
import { type Order, ORDER_SCHEMA_TEXT, parseOrder } from "@orderline/schemas";

/** An order as it goes into Kafka. */
export interface OrderRecord {
  readonly key: string;
  readonly value: Buffer;
}

/** Reads an order as people write it, by all of its rules. Throws for what is none: the bench sends only good ones. */
export function readOrder(input: unknown): Order {
  const parsed = parseOrder(input);
  if (!parsed.ok) throw new Error(`no valid order: ${JSON.stringify(input)}`);
  return parsed.value;
}

/** For clients that send bytes: our validation and our encoding, so that the clients are compared and nothing else. */
export function orderRecords(schemaId: number): (input: unknown) => OrderRecord {
  const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, schemaId);
  return (input) => {
    const order = readOrder(input);
    const bytes = encoder.encode(order);
    return { key: order.user, value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
  };
}
