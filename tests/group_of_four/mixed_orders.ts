import { createEncoder } from "@orderline/lib/avro/codec";
import type { RecordHeader } from "@orderline/lib/core/record";
import { type Order, ORDER_SCHEMA_TEXT } from "@orderline/schemas";

/** What must become of an order: an effect, or a dead letter with one reason and no other. */
export type Fate =
  | "effect"
  | "retries-exhausted"
  | "invalid"
  | "not-framed"
  | "undecodable"
  | "schema-not-found";

/** An order on its way to the topic. */
export interface MixedOrder {
  readonly id: string;
  readonly key: string;
  /** Rises with every order of a run, and so within each user. */
  readonly seq: number;
  readonly fate: Fate;
}

/** The item that the consumers are set up to fail at (`FAIL_ITEM`). */
export const FAILING_ITEM = "test-failure";
/** The header by which an order is known, whatever its bytes are. */
export const ID_HEADER = "test-order";

/** How many of a thousand orders come to such an end; the others have their effect. */
const BAD: readonly (readonly [Fate, number])[] = [
  ["retries-exhausted", 14],
  ["invalid", 5],
  ["not-framed", 5],
  ["undecodable", 5],
  ["schema-not-found", 3],
];
const USERS = 160;
/** No registry has given it to a schema. */
const UNKNOWN_SCHEMA = 2_000_000_000;
const FIRST_TIME = Date.UTC(2025, 0, 1);
const utf8 = new TextEncoder();

/** The orders of a seed, each made from its number alone: good ones, and a few of every kind that is not. */
export class MixedOrders {
  readonly #seed: number;
  readonly #encode: (order: Order) => Uint8Array;

  /** @param schemaId what the registry calls the orders' schema. */
  constructor(seed: number, schemaId: number) {
    this.#seed = seed;
    const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, schemaId);
    this.#encode = (order) => encoder.encode(order);
  }

  order(number: number): MixedOrder {
    const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
    // The cube makes few users busy: the first has about every sixth order, the last hundred share one in four.
    const chance = this.#chance(number, 1);
    return {
      id: `${hex(this.#seed >>> 0, 8)}-0000-4000-8000-${hex(number, 12)}`,
      key: `user-${Math.floor(USERS * chance ** 3)}`,
      seq: number,
      fate: fateOf(this.#chance(number, 2) * 1_000),
    };
  }

  /** The order as a record; the id of every one is in a header. */
  record(order: MixedOrder): { key: Uint8Array; value: Uint8Array; headers: readonly RecordHeader[] } {
    return {
      key: utf8.encode(order.key),
      value: this.#value(order),
      headers: [[ID_HEADER, utf8.encode(order.id)]],
    };
  }

  #value({ id, key, seq, fate }: MixedOrder): Uint8Array {
    if (fate === "not-framed") return utf8.encode(`no order ${seq}`);
    const value = this.#encode({
      order_id: id,
      user: key,
      item: fate === "retries-exhausted" ? FAILING_ITEM : "desk-lamp",
      quantity: fate === "invalid" ? 0 : 1 + seq % 9,
      price: 1.5,
      timestamp: FIRST_TIME + seq,
      priority: "normal",
    });
    if (fate === "undecodable") return value.subarray(0, -3);
    if (fate === "schema-not-found") {
      new DataView(value.buffer, value.byteOffset).setUint32(1, UNKNOWN_SCHEMA);
    }
    return value;
  }

  /** From 0 to 1, the same for the same number, seed and purpose. */
  #chance(number: number, purpose: number): number {
    let mixed = Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(this.#seed * 4 + purpose, 0x85ebca6b);
    mixed = Math.imul(mixed ^ mixed >>> 16, 0x85ebca6b);
    mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2ae35);
    return ((mixed ^ mixed >>> 16) >>> 0) / 2 ** 32;
  }
}

function fateOf(dice: number): Fate {
  let left = dice;
  for (const [fate, share] of BAD) {
    if (left < share) return fate;
    left -= share;
  }
  return "effect";
}
