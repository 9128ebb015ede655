import type { Order } from "@orderline/schemas";
import { type Failure, permanent } from "@orderline/lib/core/failure";
import { shown } from "@orderline/lib/core/shown";

/** What the store keeps of an order beside its id; a field that a later version adds needs a column first. */
const CONTENT_FIELDS = [
  "user",
  "item",
  "quantity",
  "price",
  "timestamp",
  "priority",
] as const satisfies readonly (keyof Order)[];
/** An order as the store keeps it, apart from its id. */
export type OrderContent = Pick<Order, typeof CONTENT_FIELDS[number]>;

const MAX_VALUE_CHARACTERS = 40;

/** The fields in which two orders of one id differ; none means that one repeats the other. */
export function differingFields(one: OrderContent, other: OrderContent): (typeof CONTENT_FIELDS)[number][] {
  return CONTENT_FIELDS.filter((field) => one[field] !== other[field]);
}

/** Says that an order id is taken by an order of other content. Trying again cannot help. */
export function orderIdConflict(orderId: string, stored: OrderContent, offered: OrderContent): Failure {
  const value = (content: OrderContent, field: (typeof CONTENT_FIELDS)[number]) =>
    shown(field === "timestamp" ? isoTime(content.timestamp) : content[field], MAX_VALUE_CHARACTERS);
  const differences = differingFields(stored, offered).map((field) =>
    `${field} is ${value(stored, field)} there and ${value(offered, field)} here`
  );
  return permanent(
    "order-id-conflict",
    `order_id ${shown(orderId)} is taken by another order in the store: ${differences.join(", ")}; ` +
      "the first one stays, send this one with an id of its own",
  );
}

function isoTime(timestamp: number): string | number {
  const time = new Date(timestamp);
  return Number.isNaN(time.getTime()) ? timestamp : time.toISOString();
}
