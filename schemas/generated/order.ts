// Generated from order.avsc by `deno task schema:generate`. Do not edit.

import { compileRecordRules, type RecordRules } from "@orderline/lib/avro/record_rules";
import ORDER_SCHEMA_TEXT from "../order.avsc" with { type: "text" };

export { ORDER_SCHEMA_TEXT };

/** The symbols of {@linkcode Priority}, in the schema's order. */
export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;

/** How urgent an order is. Readers see a symbol they do not know as the default. */
export type Priority = typeof PRIORITIES[number];

/**
 * A customer's wish to buy some pieces of one item.
 *
 * As it is decoded: every field is there.
 */
export interface Order {
  /**
   * Names the order once and for all; the same id with the same content is the same order.
   * (uuidVersion 4)
   */
  order_id: string;
  /**
   * Who orders. Also the record key, so that one user's orders stay in order.
   * (minLength 1, maxLength 256)
   */
  user: string;
  /**
   * What is ordered.
   * (minLength 1, maxLength 256)
   */
  item: string;
  /**
   * How many pieces.
   * (minimum 1, maximum 10000)
   */
  quantity: number;
  /**
   * What one piece costs; null when it is not known.
   * (minimum 0, maxDecimals 2, default null)
   */
  price: number | null;
  /**
   * When the order was placed. Not the record's timestamp, which is the time of sending.
   * (epoch milliseconds)
   */
  timestamp: number;
  /**
   * How soon the order should be handled.
   * (default "normal")
   */
  priority: Priority;
}

/**
 * A customer's wish to buy some pieces of one item.
 *
 * As people write it: fields with a default may be left out.
 */
export interface OrderInput {
  /**
   * Names the order once and for all; the same id with the same content is the same order.
   * (uuidVersion 4)
   */
  order_id: string;
  /**
   * Who orders. Also the record key, so that one user's orders stay in order.
   * (minLength 1, maxLength 256)
   */
  user: string;
  /**
   * What is ordered.
   * (minLength 1, maxLength 256)
   */
  item: string;
  /**
   * How many pieces.
   * (minimum 1, maximum 10000)
   */
  quantity: number;
  /**
   * What one piece costs; null when it is not known.
   * (minimum 0, maxDecimals 2, default null)
   */
  price?: number | null;
  /**
   * When the order was placed. Not the record's timestamp, which is the time of sending.
   * (ISO 8601 text with Z or an offset)
   */
  timestamp: string;
  /**
   * How soon the order should be handled.
   * (default "normal")
   */
  priority?: Priority;
}

/** What the schema says of {@linkcode Order}, as functions: reads what people write, checks what is decoded. */
export const orderRecordRules: RecordRules<Order> = compileRecordRules<Order>(ORDER_SCHEMA_TEXT);
