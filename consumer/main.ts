import { consumeEvents } from "@orderline/lib/app/consume_events";
import { CONSUMER_FLAGS } from "@orderline/lib/app/consumer_settings";
import { runApp } from "@orderline/lib/app/run_app";
import { systemClock } from "@orderline/lib/core/clock";
import { getLogger } from "@orderline/lib/ops/log";
import { createConsumerMetrics } from "@orderline/lib/ops/metrics";
import { createPerRecordLog } from "@orderline/lib/ops/per_record_log";
import { ORDER } from "@orderline/schemas";
import { SETTINGS, SETUP } from "@orderline/schemas/settings";
import { openOrderStore } from "./order_store/open_order_store.ts";
import { ORDER_STORE } from "./order_store/order_store.ts";
import { createProcessOrder } from "./process_order.ts";

await runApp({
  name: "deno task consumer",
  summary:
    "Reads orders from Kafka and stores each once; what cannot be processed goes to the dead letters with its reason.",
  flags: CONSUMER_FLAGS,
  examples: [
    "deno task consumer",
    "deno task consumer --until-idle 5 --max-wait 120",
    "deno task consumer --group order-processor-2",
  ],
  settings: SETTINGS,
  usedBy: "consumer",
  setup: SETUP,
}, async (app) => {
  const { settings } = app;
  const store = await openOrderStore(settings.orderStoreUrl);
  const metrics = createConsumerMetrics({ enabled: settings.enableMetrics });
  const perRecord = createPerRecordLog({
    log: getLogger("consumer"),
    mode: settings.logRecords,
    clock: systemClock,
    what: "orders processed",
  });
  const processOrder = createProcessOrder({
    store,
    log: perRecord,
    failItem: settings.failItem === "" ? undefined : settings.failItem,
  });
  return await consumeEvents(app, {
    event: ORDER,
    async handle(message, context) {
      const { repeat } = await processOrder(message, context);
      if (repeat) metrics.repeats.inc();
    },
    dependencies: { [ORDER_STORE]: { probe: (signal) => store.probe(signal) } },
    metrics,
    async atEnd() {
      perRecord.close();
      await store.close();
    },
  });
});
