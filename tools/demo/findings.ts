/**
 * What the demo found, and which totals of it must add up. Pure.
 */
import type { Outage } from "./outage.ts";
import type { Totals } from "./store_reader.ts";

/** Everything that the screen is made of: what was sent, and what was found afterwards. */
export interface Findings {
  readonly name: string;
  readonly seconds: number;
  /** Lines that the producer was given. */
  readonly lines: number;
  /** What the producers counted as acknowledged. */
  readonly delivered: number;
  /** Lines of the rejects file by kind of reason, and how many there had to be. */
  readonly rejects: Counts;
  readonly expectedRejects: Counts;
  /** Records written past the producer, tombstones among them. */
  readonly rawRecords: number;
  readonly tombstones: number;
  /** Records that the topic holds. */
  readonly onTopic: number;
  readonly purchases: Totals;
  readonly expectedPurchases: Totals;
  readonly extras: { readonly orders: number; readonly withoutPrice: number; readonly lowPriority: number };
  readonly expectedExtraOrders: number;
  /** What the consumer counted as repeats and as skipped. */
  readonly repeats: number;
  readonly skipped: number;
  readonly expectedRepeats: number;
  /** Records of the dead letter topic by reason, and how many there had to be. */
  readonly deadLetters: Counts;
  readonly expectedDeadLetters: Counts;
  readonly outage: Outage;
  readonly example: DeadLetterExample | undefined;
  /** What a person may do next: a command, and what it is for. */
  readonly next: readonly (readonly [command: string, what: string])[];
}

/** How many of each. */
export type Counts = ReadonlyMap<string, number>;

/** A dead letter that is shown whole. */
export interface DeadLetterExample {
  readonly place: string;
  readonly reason: string;
  readonly error: string;
}

/** Every total that must add up, as a sentence with its numbers; those that do not are why the demo fails. */
export function checks(found: Findings): Record<CheckName, Check> {
  const { delivered, outage, purchases, expectedPurchases } = found;
  const stored = storedOrders(found);
  const dead = sum(found.deadLetters);
  const skipped = found.repeats + found.skipped;
  return {
    lines: equal("lines read = delivered + rejected", found.lines, delivered + sum(found.rejects)),
    rejects: sameCounts("rejected lines", found.rejects, found.expectedRejects),
    topic: equal("records on the topic = delivered + raw", found.onTopic, delivered + found.rawRecords),
    ends: equal(
      "records on the topic = stored + dead letters + skipped",
      found.onTopic,
      stored + dead + skipped,
    ),
    skipped: {
      ok: found.repeats === found.expectedRepeats && found.skipped === found.tombstones,
      text: `skipped: ${found.repeats} repeats of ${found.expectedRepeats}, ${found.skipped} tombstones of ` +
        `${found.tombstones}`,
    },
    dead: sameCounts("dead letters", found.deadLetters, found.expectedDeadLetters),
    extras: equal("extra orders stored", found.extras.orders, found.expectedExtraOrders),
    purchases: {
      ok: purchases.orders === expectedPurchases.orders && purchases.pieces === expectedPurchases.pieces &&
        purchases.cents === expectedPurchases.cents,
      text: `purchases stored: ${totalsText(purchases)}, but in the sample: ${totalsText(expectedPurchases)}`,
    },
    outage: {
      ok: outage.openings > 0 && outage.deadLettersAfter === outage.deadLettersBefore,
      text: `the outage opened the breaker ${outage.openings} times, dead letters before it ` +
        `${outage.deadLettersBefore} and after it ${outage.deadLettersAfter}`,
    },
  };
}

/** What {@linkcode checks} looks at. */
export type CheckName =
  | "lines"
  | "rejects"
  | "topic"
  | "ends"
  | "skipped"
  | "dead"
  | "extras"
  | "purchases"
  | "outage";

/** One total. */
export interface Check {
  readonly ok: boolean;
  /** What it is, with the numbers: to be shown when it is wrong. */
  readonly text: string;
}

/** Amounts as people read them. */
export function totalsText({ orders, pieces, cents }: Totals): string {
  const money = (cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${grouped(orders)} orders, ${grouped(pieces)} pieces, ${money}`;
}

/** How many there are of each, most first. */
export function countBy(names: Iterable<string>): Counts {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

/** Orders that the store holds. */
export function storedOrders({ purchases, extras }: Findings): number {
  return purchases.orders + extras.orders;
}

function equal(text: string, one: number, other: number): Check {
  return { ok: one === other, text: `${text}: ${grouped(one)} and ${grouped(other)}` };
}

function sameCounts(what: string, found: Counts, expected: Counts): Check {
  const ok = found.size === expected.size &&
    [...expected].every(([name, count]) => found.get(name) === count);
  return { ok, text: `${what}: ${list(found)}; there had to be ${list(expected)}` };
}

/** `invalid ×3, undecodable`: a number where there are more than one. */
export function list(counts: Counts): string {
  return [...counts].map(([name, count]) => count === 1 ? name : `${name} ×${count}`).join(", ") || "none";
}

/** All of them together. */
export function sum(counts: Counts): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** `6,919` */
export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
