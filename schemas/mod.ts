/** The order: its schema, its types and its rules. */
import type { RecordSchema } from "@orderline/lib/avro/avro_schema";
import type { Parsed, Problem } from "@orderline/lib/avro/problem";
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

/** A topic's subject is its name with this behind it. */
export const SUBJECT_SUFFIX = "-value";

/** Reads an order as people write it: the order, or everything that is wrong with it. Never throws. */
export function parseOrder(input: unknown): Parsed<Order> {
  const parsed = orderRecordRules.parse(input);
  if (!parsed.ok) return parsed;
  const problems = orderRules(parsed.value);
  return problems.length === 0 ? parsed : { ok: false, problems };
}

/** Everything that is wrong with a decoded order; empty when nothing is. Never throws. */
export function checkOrder(value: unknown): Problem[] {
  const problems = orderRecordRules.check(value);
  return problems.length === 0 ? orderRules(value as Order) : problems;
}

/** A decoded order as people see it: the timestamp as ISO 8601 text in UTC. */
export function orderToJson(order: Order): Record<string, unknown> {
  return orderRecordRules.toJson(order);
}

/** The registry's name for the values of a topic: `orders-value`. */
export function valueSubject(topic: string): string {
  return `${topic}${SUBJECT_SUFFIX}`;
}
