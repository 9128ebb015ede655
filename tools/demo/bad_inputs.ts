/**
 * Everything that is wrong in the demo, as tables: each row says what it is and what must become of it. The final
 * screen is held against these.
 */
import { type Order, ORDER_DEFAULTS } from "@orderline/schemas";

/** A line that the producer must reject. */
export interface BadLine {
  /** The kind of reason, as `kindOfReject` names it. */
  readonly kind: string;
  readonly line: string | Uint8Array;
}

const GOOD = {
  order_id: "7d0f5a1e-6c1b-4c57-9d0a-3b8f0c2e9a41",
  user: "mallory",
  item: "laptop",
  quantity: 1,
  price: 9.99,
  timestamp: "2026-11-20T14:00:00Z",
  priority: "normal",
};
const line = (change: Record<string, unknown>) => JSON.stringify({ ...GOOD, ...change });

export const BAD_LINES: readonly BadLine[] = [
  { kind: "not JSON", line: '{"order_id":"7d0f5a1e-6c1b-4c57-9d0a-3b8f0c2e9a41","user":' },
  { kind: "not JSON", line: "order_id,user,item,quantity" },
  { kind: "no object", line: "[1,2,3]" },
  { kind: "not UTF-8", line: Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d) },
  { kind: "order_id", line: line({ order_id: "42" }) },
  { kind: "user", line: line({ user: "" }) },
  { kind: "quantity", line: line({ quantity: 10_001 }) },
  { kind: "price", line: line({ price: 1.999 }) },
  { kind: "timestamp", line: line({ timestamp: "yesterday" }) },
  { kind: "priority", line: line({ priority: "soon" }) },
  { kind: "unknown field", line: line({ colour: "red" }) },
];

/** An order that is valid for the producer, and that the consumer must dead-letter for this reason. */
export interface BadOrder {
  readonly reason: string;
  readonly order: Record<string, unknown>;
}

/** The item that the demo's consumer is set up to fail on. */
export const FAIL_ITEM = "test-failure";

/** @param taken an order that is stored before these: one of them comes with its id and other content. */
export function badOrders(taken: Record<string, unknown>): readonly BadOrder[] {
  return [
    { reason: "retries-exhausted", order: { ...GOOD, item: FAIL_ITEM } },
    {
      reason: "retries-exhausted",
      order: { ...GOOD, order_id: "b6a7c3d4-0f5e-4a9b-8c11-52d6e7f80912", user: "trudy", item: FAIL_ITEM },
    },
    { reason: "order-id-conflict", order: { ...taken, quantity: 7 } },
  ];
}

/** A record that goes to the topic past our producer, as another program might write it. */
export interface RawRecord {
  /** The reason of its dead letter; undefined for a tombstone, which is skipped. */
  readonly reason?: string;
  readonly what: string;
  readonly key: string | null;
  readonly value: Uint8Array | null;
}

const utf8 = new TextEncoder();
/** How many raw records there are. */
export const RAW_RECORDS = rawRecords(() => new Uint8Array(16)).length;

/** @param encode makes the bytes of an order whatever its numbers are, as a careless producer does. */
export function rawRecords(encode: (order: Order) => Uint8Array): readonly RawRecord[] {
  const order: Order = {
    ...ORDER_DEFAULTS,
    ...GOOD,
    timestamp: Date.parse(GOOD.timestamp),
    priority: "normal",
  };
  const good = encode(order);
  const key = order.user;
  const unknownId = good.slice();
  unknownId.set([0x7f, 0xff, 0xff, 0xfe], 1);
  return [
    { reason: "not-framed", what: "garbage", key, value: utf8.encode("\u0007garbage, no Avro at all") },
    { reason: "not-framed", what: "JSON without a schema id", key, value: utf8.encode(JSON.stringify(GOOD)) },
    { reason: "not-framed", what: "no bytes", key, value: new Uint8Array(0) },
    { reason: "schema-not-found", what: "a schema id that nobody knows", key, value: unknownId },
    { reason: "undecodable", what: "cut off in the middle", key, value: good.slice(0, good.length - 9) },
    { reason: "undecodable", what: "bytes left over", key, value: new Uint8Array([...good, 1, 2, 3]) },
    { reason: "invalid", what: "quantity 20,000", key, value: encode({ ...order, quantity: 20_000 }) },
    { reason: "invalid", what: "price below 0", key, value: encode({ ...order, price: -1 }) },
    { reason: "invalid", what: "the key of another user", key: "alice", value: good },
    { what: "tombstone", key, value: null },
  ];
}

/** The kind of a producer's reason: the field it is about, or what the line is not. */
export function kindOfReject(reason: string): string {
  if (reason.startsWith("not JSON")) return "not JSON";
  if (reason.startsWith("the line must be a JSON object")) return "no object";
  if (reason.startsWith("the line is not UTF-8")) return "not UTF-8";
  if (reason.includes(": is not a field")) return "unknown field";
  return /^(\w+): /.exec(reason)?.[1] ?? reason;
}
