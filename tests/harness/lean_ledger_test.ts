import assert from "node:assert/strict";
import { LeanLedger } from "./lean_ledger.ts";

/** Even numbers are of one user, odd ones of another. */
function ledgerOf(): LeanLedger {
  return new LeanLedger({ capacity: 10, userOf: (number) => number % 2 });
}

/** Sent, acknowledged at an offset of the same number, and found there. */
function whole(ledger: LeanLedger, ...numbers: readonly number[]): void {
  for (const number of numbers) {
    ledger.sent(number);
    ledger.acked(number, { partition: 1, offset: number });
    ledger.found(number, { partition: 1, offset: number });
  }
}

Deno.test("a run in which all holds is counted", () => {
  const ledger = ledgerOf();
  whole(ledger, 0, 1, 2);
  ledger.sent(3);
  ledger.refused(3, { definite: true });
  ledger.sent(4);
  ledger.refused(4, { definite: false });
  ledger.ambiguous(2);
  ledger.found(2, { partition: 1, offset: 9 });
  assert.deepEqual(ledger.verdict(), { sent: 5, acked: 3, definite: 1, unknown: 1, repeats: 1 });
});

const VIOLATIONS: Readonly<Record<string, readonly [RegExp, (ledger: LeanLedger) => void]>> = {
  "an acknowledged order that is not in the log": [
    /order 4 was acknowledged at 1@7 and is not in the log/,
    (ledger) => {
      ledger.sent(4);
      ledger.acked(4, { partition: 1, offset: 7 });
    },
  ],
  "an order that stands elsewhere than its acknowledgement says": [/1@7 and stands elsewhere/, (ledger) => {
    ledger.sent(4);
    ledger.acked(4, { partition: 1, offset: 7 });
    ledger.found(4, { partition: 1, offset: 8 });
  }],
  "a definite order in the log": [/order 4 at 0@3 was answered definite/, (ledger) => {
    ledger.sent(4);
    ledger.refused(4, { definite: true });
    ledger.found(4, { partition: 0, offset: 3 });
  }],
  "a repeat without an ambiguous try": [/order 0 at 1@5 is there again/, (ledger) => {
    whole(ledger, 0);
    ledger.found(0, { partition: 1, offset: 5 });
  }],
  "a user's orders in another order": [/order 2 at 1@2 stands behind order 4 of the same user/, (ledger) => {
    whole(ledger, 4, 2);
  }],
  "a send that was never answered": [/order 6 was sent and never answered/, (ledger) => ledger.sent(6)],
  "an order that was answered twice": [/order 1 was answered without being under way/, (ledger) => {
    whole(ledger, 1);
    ledger.refused(1, { definite: false });
  }],
  "an order in the log that nobody sent": [/order 5 at 0@0 was never sent/, (ledger) => {
    ledger.found(5, { partition: 0, offset: 0 });
  }],
  "a record that is no order": [/a value of 3 bytes/, (ledger) => ledger.stranger("a value of 3 bytes")],
};

for (const [what, [message, violate]] of Object.entries(VIOLATIONS)) {
  Deno.test(`${what} is a violation`, () => {
    const ledger = ledgerOf();
    violate(ledger);
    assert.throws(() => ledger.verdict(), message);
  });
}

Deno.test("of many violations the first few are shown", () => {
  const ledger = ledgerOf();
  for (let number = 0; number < 8; number++) ledger.sent(number);
  assert.throws(() => ledger.verdict(), /^Error: 8 violations: order 0 .*; and 3 more$/);
});
