import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { BALANCES, Balances } from "./balances.ts";
import type { Payment } from "./payment.ts";

const ALICE: Payment = {
  payment_id: "3fe31d03-47fc-416a-816e-2284c10faa40",
  account: "alice",
  amount_cents: 1_999,
  currency: "EUR",
  note: null,
  paid_at: 0,
};
const BOB = { ...ALICE, payment_id: "b0b31d03-47fc-416a-816e-2284c10faa40", account: "bob" };

/** Balances on a database that the test looks into. */
function open(): { balances: Balances; read: () => unknown[] } {
  const db = new DatabaseSync(":memory:");
  const read = () =>
    db.prepare("SELECT account, currency, cents FROM balances").all().map((row) => ({ ...row }));
  return { balances: new Balances(db), read };
}

Deno.test("a payment that comes again, in the same batch or in another, is booked once", () => {
  const { balances, read } = open();
  assert.deepEqual(balances.book([ALICE, BOB, ALICE]), [undefined, undefined, undefined]);
  assert.deepEqual(balances.book([{ ...ALICE, payment_id: ALICE.payment_id.toUpperCase() }]), [undefined]);
  assert.deepEqual(read(), [
    { account: "alice", currency: "EUR", cents: 1_999 },
    { account: "bob", currency: "EUR", cents: 1_999 },
  ]);
});

Deno.test("another payment under a known id is refused by itself", () => {
  const { balances, read } = open();
  const [first, second, third] = balances.book([ALICE, { ...ALICE, amount_cents: 1 }, BOB]);
  assert.deepEqual([first, third], [undefined, undefined]);
  assert.deepEqual([second?.kind, second?.reason], ["permanent", "payment-id-conflict"]);
  assert.match(second!.message, /cents is 1999 and not 1;/);
  assert.equal(read().length, 2);
});

Deno.test("what the database cannot do says nothing against the payments, and leaves nothing behind", () => {
  const { balances, read } = open();
  const broken = [ALICE, { ...BOB, amount_cents: Number.NaN }];
  assert.throws(() => balances.book(broken), { kind: "unavailable", dependency: BALANCES });
  assert.deepEqual(read(), []);
  balances.probe();
  balances[Symbol.dispose]();
  assert.throws(() => balances.probe(), { kind: "unavailable", dependency: BALANCES });
});
