import { systemClock } from "@orderline/lib/core/clock";
import type { OrderInput } from "@orderline/schemas";

const USERS = 10;
const ITEMS = ["compact-disc", "desk-lamp", "laptop"];
const PRIORITIES = ["low", "normal", "high", "urgent"] as const;

/** Good orders of every priority, some without a price; their ids are new each time. */
export function madeUpOrders(count: number): OrderInput[] {
  const timestamp = new Date(systemClock.now()).toISOString();
  return Array.from({ length: count }, (_, index) => ({
    order_id: crypto.randomUUID(),
    user: `user-${index % USERS}`,
    item: ITEMS[index % ITEMS.length]!,
    quantity: 1 + index % 7,
    price: index % 6 === 0 ? null : (100 + index * 7) / 100,
    timestamp,
    priority: PRIORITIES[index % PRIORITIES.length]!,
  }));
}
