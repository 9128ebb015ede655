import type { PaymentInput } from "./payment.ts";

const ACCOUNTS = 20;
const CURRENCIES = ["EUR", "GBP", "USD"] as const;
const MOST_CENTS = 200_00;

/** Makes payments up, as people write them, one after the other. */
export function* samplePayments(count: number, random: () => number = Math.random): Generator<PaymentInput> {
  const below = (limit: number) => Math.floor(random() * limit);
  for (let number = 1; number <= count; number++) {
    yield {
      payment_id: crypto.randomUUID(),
      account: `account-${1 + below(ACCOUNTS)}`,
      amount_cents: 1 + below(MOST_CENTS),
      currency: CURRENCIES[below(CURRENCIES.length)]!,
      note: below(3) === 0 ? `invoice ${number}` : null,
      paid_at: new Date().toISOString(),
    };
  }
}
