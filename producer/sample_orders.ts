import type { Clock, Random } from "@orderline/lib/core/clock";
import { type Order, ORDER_DEFAULTS } from "@orderline/schemas";

interface SampleOptions {
  /** The same numbers give the same orders. */
  readonly random: Random;
  readonly clock: Clock;
  /** Without it they never end. */
  readonly count?: number;
}

/** What is sold: name, price, and the most that one customer takes. */
const ITEMS = [
  ["laptop", 1_299, 2],
  ["phone", 749.5, 2],
  ["monitor", 289.9, 3],
  ["headphones", 89.95, 3],
  ["keyboard", 64, 4],
  ["mouse", 24.99, 5],
  ["desk-lamp", 39.9, 4],
  ["webcam", 54.49, 3],
  ["usb-c-cable", 9.99, 20],
  ["notebook", 3.75, 50],
  ["coffee-beans", 14.2, 12],
  ["gift-card", 25, 10],
] as const;

const USERS = (
  "alice bob carol dave erin frank grace heidi ivan judy kevin lena mallory nina oscar peggy quentin rosa " +
  "sybil trent ursula victor wendy xavier yara zoë anaïs björn chloé dmitri eszter fatima goran hiroshi"
).split(" ");

/** One order in seven is not of normal priority. */
const PRIORITIES = [
  ...Array<"normal">(18).fill("normal"),
  "high",
  "urgent",
  "low",
] as const;

/** Plausible orders: few users order much and many a little, prices move, one order in ten has none. */
export function* generateOrders({ random, clock, count = Infinity }: SampleOptions): Generator<Order, void> {
  for (let made = 0; made < count; made++) {
    const [item, listPrice, most] = pick(ITEMS, random());
    const price = Math.round(listPrice * (0.9 + 0.2 * random()) * 100) / 100;
    yield {
      ...ORDER_DEFAULTS,
      order_id: uuidV4(random),
      // A squared number is small more often than not, so the first names come most.
      user: pick(USERS, random() ** 2),
      item,
      quantity: 1 + Math.floor(random() ** 2 * most),
      price: random() < 0.1 ? null : price,
      timestamp: clock.now(),
      priority: pick(PRIORITIES, random()),
    };
  }
}

/** A random UUID, RFC 9562 version 4, lower case. */
export function uuidV4(random: Random): string {
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
  bytes[6] = bytes[6]! & 0x0f | 0x40;
  bytes[8] = bytes[8]! & 0x3f | 0x80;
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function pick<T>(all: readonly T[], chance: number): T {
  return all[Math.floor(chance * all.length)]!;
}
