import { type AvroEvent, avroEvent } from "@orderline/lib/avro/event";
import type { Problem } from "@orderline/lib/avro/problem";
import { type Payment, PAYMENT_SCHEMA_TEXT, paymentRecordRules } from "./schemas/generated/payment.ts";

export type { Payment, PaymentInput } from "./schemas/generated/payment.ts";

/** The payment as producers and consumers know it: one account's payments stay in order. */
export const PAYMENT: AvroEvent<Payment> = avroEvent({
  plural: "payments",
  schemaText: PAYMENT_SCHEMA_TEXT,
  rules: paymentRecordRules,
  across: inKnownCurrency,
  keyOf: (payment) => payment.account,
});

/** A newer program's currency is read as XXX: to book it as anything would be wrong. */
function inKnownCurrency({ currency }: Payment): Problem[] {
  if (currency !== "XXX") return [];
  const message = "is XXX, which stands for one that this version does not know; read it with one that does";
  return [{ path: "currency", code: "rule", message }];
}
