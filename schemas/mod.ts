/** The order: its schema, its types and its rules. */
import type { RecordSchema } from "@orderline/lib/avro/avro_schema";
import { type AvroEvent, avroEvent } from "@orderline/lib/avro/event";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import { type Order, ORDER_SCHEMA_TEXT, type OrderInput, orderRecordRules } from "./generated/order.ts";
import { orderRules } from "./order_rules.ts";

export {
  type Order,
  ORDER_SCHEMA_TEXT,
  type OrderInput,
  PRIORITIES,
  type Priority,
} from "./generated/order.ts";
export type { Parsed, Problem } from "@orderline/lib/avro/problem";
export { valueSubject } from "@orderline/lib/avro/value_subject";

/** The order as producers and consumers know it: one user's orders stay in order. */
export const ORDER: AvroEvent<Order> = avroEvent({
  plural: "orders",
  schemaText: ORDER_SCHEMA_TEXT,
  rules: orderRecordRules,
  across: orderRules,
  keyOf: (order) => order.user,
});

/** The order's schema, read. */
export const orderSchema: RecordSchema = readRecordSchema(ORDER_SCHEMA_TEXT);

/** The parts of a record that may be left out when it is written. */
type Defaulted<Value, Input> = Pick<
  Value,
  { [K in keyof Value & keyof Input]: Record<never, never> extends Pick<Input, K> ? K : never }[
    keyof Value & keyof Input
  ]
>;

/**
 * The fields that an order may leave out, with what is then read. To be spread in front of an order that is made in
 * code: what a later version adds is then there as well.
 */
// One for each field that has a default in the schema, which is what makes it optional in the generated type.
export const ORDER_DEFAULTS = orderRecordRules.defaults() as Defaulted<Order, OrderInput>;

/** Reads an order as people write it: the order, or everything that is wrong with it. Never throws. */
export const parseOrder: AvroEvent<Order>["parse"] = ORDER.parse;

/** Everything that is wrong with a decoded order; empty when nothing is. Never throws. */
export const checkOrder: AvroEvent<Order>["check"] = ORDER.check;

/** A decoded order as people see it: the timestamp as ISO 8601 text in UTC. */
export const orderToJson: AvroEvent<Order>["toJson"] = ORDER.toJson;
