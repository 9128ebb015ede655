import type { Order } from "@orderline/schemas";
import { asOrder, makeOrders } from "./order_files.ts";

/** A record that no consumer of orders can process. */
export interface Poison {
  readonly what: string;
  /** What its dead letter must give as the reason. */
  readonly reason: string;
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string;
}

/** One of every kind: bytes that are no order, and orders that break a rule. `encode` writes without checking. */
export function poisonous(encode: (order: Order) => Uint8Array): Poison[] {
  const [first] = [...makeOrders({ count: 1, users: 1, seed: 5 })];
  const order: Order = { ...asOrder(first!), user: "mallory" };
  const valid = encode(order);
  const key = "mallory";
  const changed = (at: number, byte: number) => valid.map((old, index) => index === at ? byte : old);
  const short = [0, 1, 2, 3, 4].map((length) => ({
    what: `${length} bytes`,
    reason: "not-framed",
    key,
    value: new Uint8Array(length),
  }));
  return [
    ...short,
    {
      what: "JSON text",
      reason: "not-framed",
      key,
      value: JSON.stringify({ ...order, timestamp: "2025-01-01" }),
    },
    { what: "text", reason: "not-framed", key, value: "\u001b[31mred\u001b[0m\nforged line" },
    { what: "another magic byte", reason: "not-framed", key, value: changed(0, 1) },
    { what: "an unknown schema", reason: "schema-not-found", key, value: changed(1, 0x7f) },
    { what: "a negative schema id", reason: "schema-not-found", key, value: changed(1, 0xff) },
    {
      what: "schema id 0",
      reason: "schema-not-found",
      key,
      value: valid.map((byte, at) => at < 5 ? 0 : byte),
    },
    { what: "a frame and nothing else", reason: "undecodable", key, value: valid.slice(0, 5) },
    { what: "a truncated order", reason: "undecodable", key, value: valid.slice(0, -3) },
    { what: "trailing bytes", reason: "undecodable", key, value: Uint8Array.of(...valid, 0, 0) },
    {
      what: "a random payload",
      reason: "undecodable",
      key,
      value: valid.map((byte, at) => at < 5 ? byte : 0xff),
    },
    { what: "a large value", reason: "not-framed", key, value: new Uint8Array(900_000).fill(7) },
    { what: "another user's key", reason: "invalid", key: "alice", value: valid },
    { what: "no key", reason: "invalid", key: null, value: valid },
    { what: "an empty key", reason: "invalid", key: "", value: valid },
    { what: "a key that is no text", reason: "invalid", key: Uint8Array.of(0xff, 0x00), value: valid },
    { what: "quantity 0", reason: "invalid", key, value: encode({ ...order, quantity: 0 }) },
    { what: "quantity 10001", reason: "invalid", key, value: encode({ ...order, quantity: 10_001 }) },
    { what: "a negative price", reason: "invalid", key, value: encode({ ...order, price: -1 }) },
    { what: "no number as price", reason: "invalid", key, value: encode({ ...order, price: NaN }) },
    {
      what: "an order id that is no uuid",
      reason: "invalid",
      key,
      value: encode({ ...order, order_id: "7" }),
    },
  ];
}
