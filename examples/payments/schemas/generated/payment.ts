// Generated from payment.avsc by `deno task schema:generate`. Do not edit.

import { compileRecordRules, type RecordRules } from "@orderline/lib/avro/record_rules";
import PAYMENT_SCHEMA_TEXT from "../payment.avsc" with { type: "text" };

export { PAYMENT_SCHEMA_TEXT };

/** The symbols of {@linkcode Currency}, in the schema's order. */
export const CURRENCIES = ["EUR", "GBP", "USD", "XXX"] as const;

/** ISO 4217 code. XXX is none: what a reader sees in place of a currency that it does not know. */
export type Currency = typeof CURRENCIES[number];

/**
 * Money that has come in for an account.
 *
 * As it is decoded: every field is there.
 */
export interface Payment {
  /**
   * Names the payment once and for all; the same id with the same content is the same payment.
   * (uuidVersion 4)
   */
  payment_id: string;
  /**
   * Whose money it is. Also the record key, so that one account's payments stay in order.
   * (minLength 1, maxLength 34)
   */
  account: string;
  /**
   * How much, in hundredths of the currency: money is counted, not measured.
   * (minimum 1, maximum 100000000)
   */
  amount_cents: number;
  /** What the cents are of. */
  currency: Currency;
  /**
   * What the payer wrote.
   * (maxLength 140, default null)
   */
  note: string | null;
  /**
   * When it was paid. Not the record's timestamp, which is the time of sending.
   * (epoch milliseconds)
   */
  paid_at: number;
}

/**
 * Money that has come in for an account.
 *
 * As people write it: fields with a default may be left out.
 */
export interface PaymentInput {
  /**
   * Names the payment once and for all; the same id with the same content is the same payment.
   * (uuidVersion 4)
   */
  payment_id: string;
  /**
   * Whose money it is. Also the record key, so that one account's payments stay in order.
   * (minLength 1, maxLength 34)
   */
  account: string;
  /**
   * How much, in hundredths of the currency: money is counted, not measured.
   * (minimum 1, maximum 100000000)
   */
  amount_cents: number;
  /** What the cents are of. */
  currency: Currency;
  /**
   * What the payer wrote.
   * (maxLength 140, default null)
   */
  note?: string | null;
  /**
   * When it was paid. Not the record's timestamp, which is the time of sending.
   * (ISO 8601 text with Z or an offset)
   */
  paid_at: string;
}

/** What the schema says of {@linkcode Payment}, as functions: reads what people write, checks what is decoded. */
export const paymentRecordRules: RecordRules<Payment> = compileRecordRules<Payment>(PAYMENT_SCHEMA_TEXT);
