import type { Order } from "@orderline/schemas";
import type { HandlerContext } from "@orderline/lib/consumer/handler";
import type { Message } from "@orderline/lib/core/record";
import { escapeControls } from "@orderline/lib/core/shown";
import type { PerRecordLog } from "@orderline/lib/ops/per_record_log";
import type { OrderStore } from "./order_store/order_store.ts";

interface ProcessOrderOptions {
  readonly store: OrderStore;
  /** Told of each attempt as it begins. */
  readonly log: Pick<PerRecordLog, "record">;
  /** For trying out what happens to orders that cannot be processed: this item always fails. */
  readonly failItem?: string | undefined;
}

/**
 * What is done with an order: put your own logic here.
 *
 * It may see the same order again (after a crash, or a replay), so whatever it does must be safe to repeat. It
 * returns when its work is durable. What it throws is tried again and at last dead-lettered; throw `permanent(…)`
 * or `unavailable(…)` of `lib/core/failure.ts` when you know better.
 */
export function createProcessOrder({ store, log, failItem }: ProcessOrderOptions) {
  return async function processOrder(
    { value: order, record }: Message<Order>,
    { signal }: HandlerContext,
  ): Promise<{ repeat: boolean }> {
    log.record(() => describe(order), () => ({ order_id: order.order_id }));
    if (order.item === failItem) throw new Error(`item ${order.item} is set up to fail`);
    const stored = await store.put(order, record, signal);
    return { repeat: stored === "repeat" };
  };
}

/** `Processing order abc-123: 5x laptop from alice` */
export function describe({ order_id, quantity, item, user }: Order): string {
  return escapeControls(`Processing order ${order_id}: ${quantity}x ${item} from ${user}`);
}
