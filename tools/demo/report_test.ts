import assert from "node:assert/strict";
import { createStyle } from "@orderline/lib/ops/terminal";
import { checks, countBy, type Findings } from "./findings.ts";
import { report } from "./report.ts";

const GOOD: Findings = {
  name: "demo-20261123-212655",
  seconds: 31.4,
  lines: 6_946,
  delivered: 6_935,
  rejects: countBy([
    ...[
      "not JSON",
      "not JSON",
      "no object",
      "not UTF-8",
      "order_id",
      "user",
      "quantity",
      "price",
      "timestamp",
    ],
    ...["priority", "unknown field"],
  ]),
  expectedRejects: countBy([
    ...[
      "not JSON",
      "not JSON",
      "no object",
      "not UTF-8",
      "order_id",
      "user",
      "quantity",
      "price",
      "timestamp",
    ],
    ...["priority", "unknown field"],
  ]),
  rawRecords: 3,
  tombstones: 1,
  onTopic: 6_938,
  purchases: { orders: 6_919, pieces: 16_479, cents: 24_409_313 },
  expectedPurchases: { orders: 6_919, pieces: 16_479, cents: 24_409_313 },
  extras: { orders: 12, withoutPrice: 4, lowPriority: 4 },
  expectedExtraOrders: 12,
  repeats: 1,
  skipped: 1,
  expectedRepeats: 1,
  deadLetters: countBy(["invalid", "invalid", "not-framed", "schema-not-found", "retries-exhausted"]),
  expectedDeadLetters: countBy(["invalid", "invalid", "not-framed", "schema-not-found", "retries-exhausted"]),
  outage: { seconds: 10.02, openings: 4, closedAfterSeconds: 1.4, deadLettersBefore: 5, deadLettersAfter: 5 },
  example: {
    place: "demo-20261123-212655-orders[3]@17",
    reason: "invalid",
    error: "quantity: must be … ".repeat(20),
  },
  next: [["deno task stack up", "Kafka and registry to work with"], ["README.md", "how it works"]],
};
const PLAIN = { style: createStyle(false), columns: 80, unicode: true };
const wrong = (found: Findings) =>
  Object.entries(checks(found)).filter(([, { ok }]) => !ok).map(([name]) => name);

Deno.test("the screen of a good run fits a terminal of 80 by 24 and holds every total", () => {
  const text = report(GOOD, PLAIN);
  const lines = text.split("\n");
  assert.ok(lines.length <= 22, `${lines.length} lines`);
  assert.deepEqual(lines.filter((line) => [...line].length > 80), []);
  assert.match(text, /every record accounted for, in 31 s/);
  assert.match(text, /^ {2}rejected +11 {2}✔ not JSON ×2, no object,/m);
  assert.match(text, /^ {2}dead letters +5 {2}✔ invalid ×2, not-framed,/m);
  assert.match(text, /✔ 6,919 orders, 16,479 pieces, 244,093\.13/);
  assert.match(text, /breaker opened 4 times/);
  assert.doesNotMatch(text, /✘/);
});

Deno.test("each total that does not add up is found and named", () => {
  assert.deepEqual(wrong(GOOD), []);
  const broken: [Partial<Findings>, string[]][] = [
    [{ lines: 6_947 }, ["lines"]],
    [{ onTopic: 6_937 }, ["topic", "ends"]],
    [{ rejects: countBy(["price"]) }, ["lines", "rejects"]],
    [{ repeats: 2 }, ["ends", "skipped"]],
    [{ repeats: 2, skipped: 0 }, ["skipped"]],
    [{ deadLetters: countBy(["invalid", "invalid", "not-framed", "unknown", "retries-exhausted"]) }, [
      "dead",
    ]],
    [{ extras: { ...GOOD.extras, orders: 11 } }, ["ends", "extras"]],
    [{ purchases: { ...GOOD.purchases, cents: 24_409_312 } }, ["purchases"]],
    [{ outage: { ...GOOD.outage, openings: 0 } }, ["outage"]],
    [{ outage: { ...GOOD.outage, deadLettersAfter: 6 } }, ["outage"]],
  ];
  for (const [change, names] of broken) {
    const found = { ...GOOD, ...change };
    assert.deepEqual(wrong(found), names, JSON.stringify(change));
    const text = report(found, PLAIN);
    assert.match(text, new RegExp(`${names.length} of 9 totals do not add up`));
    assert.match(text, /✘/);
  }
});
