import type { Problem } from "@orderline/lib/avro/problem";
import type { Order } from "./generated/order.ts";

/**
 * Rules that hold between the fields of an order. What a single field must be is said in `order.avsc`.
 *
 * There is none yet; a new one is checked by producer and consumer alike, so it must hold for every order that
 * is already in the topic.
 */
export function orderRules(_order: Order): Problem[] {
  return [];
}
