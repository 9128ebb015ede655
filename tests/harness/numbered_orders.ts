import { createEncoder } from "@orderline/lib/avro/codec";
import { type Order, ORDER_DEFAULTS, ORDER_SCHEMA_TEXT } from "@orderline/schemas";

/** Orders are sent without a registry here: any id stands for the schema. */
const SCHEMA_ID = 1;
/** Frame, then the id's length, then the id. */
const ID_AT = 5 + 1;
const ID_PREFIX = "00000000-0000-4000-8000-";
const ITEMS = ["compact-disc", "laptop", "phone", "desk-lamp", "gift-card", "café crème"];
const FIRST_TIME = Date.UTC(2025, 0, 1);

const ascii = new TextDecoder();
const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, SCHEMA_ID);

/**
 * Orders made from their number and a seed alone, so that a million of them need not be kept: what was sent is made
 * again to be compared. An order's number is also its user's sequence, as numbers are sent in rising order.
 */
export class NumberedOrders {
  constructor(readonly seed: number, readonly users: number) {}

  /** The user's number: four in five orders come from one in five users. */
  userOf(number: number): number {
    const mixed = mix(number, this.seed);
    const busy = Math.max(1, Math.floor(this.users / 5));
    return mixed % 5 === 0 ? (mixed >>> 3) % this.users : (mixed >>> 3) % busy;
  }

  order(number: number): Order {
    const mixed = mix(number, this.seed + 1);
    return {
      ...ORDER_DEFAULTS,
      order_id: ID_PREFIX + number.toString(16).padStart(12, "0"),
      user: `user-${this.userOf(number)}`,
      item: ITEMS[mixed % ITEMS.length]!,
      quantity: 1 + (mixed >>> 4) % 100,
      price: mixed % 10 === 0 ? null : ((mixed >>> 8) % 100_000) / 100,
      timestamp: FIRST_TIME + number * 1_000,
      priority: "normal",
    };
  }

  /** The order's bytes, as the app sends them. */
  encoded(number: number): Uint8Array {
    return encoder.encode(this.order(number));
  }

  /** Whether these bytes are exactly those of the order with this number. */
  isExactly(number: number, value: Uint8Array): boolean {
    const wanted = this.encoded(number);
    return wanted.length === value.length && wanted.every((byte, at) => byte === value[at]);
  }
}

/** The number of the order in these bytes; undefined where there is none. */
export function numberOf(value: Uint8Array | null): number | undefined {
  if (value === null || value.length < ID_AT + 36) return undefined;
  const id = ascii.decode(value.subarray(ID_AT, ID_AT + 36));
  return id.startsWith(ID_PREFIX) ? Number.parseInt(id.slice(ID_PREFIX.length), 16) : undefined;
}

/** A number from 0 to 2^32 - 1 that looks like chance, the same for the same two. */
function mix(number: number, seed: number): number {
  let mixed = Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
