import assert from "node:assert/strict";
import { PAYMENT } from "./payment.ts";
import { samplePayments } from "./sample_payments.ts";

const [sample] = samplePayments(1);

Deno.test("what is made up are payments", () => {
  for (const payment of samplePayments(200)) assert.deepEqual(PAYMENT.parse(payment).ok, true);
});

Deno.test("an amount is whole cents of a known currency", () => {
  const problem = (change: object) => {
    const parsed = PAYMENT.parse({ ...sample, ...change });
    return parsed.ok ? undefined : parsed.problems.map(({ path }) => path).join();
  };
  assert.equal(problem({}), undefined);
  for (const amount_cents of [0, -1, 0.5, 100_000_001]) {
    assert.equal(problem({ amount_cents }), "amount_cents");
  }
  assert.equal(problem({ currency: "DEM" }), "currency");
  assert.equal(problem({ currency: "XXX" }), "currency", "a newer program's, as this one reads it");
});
