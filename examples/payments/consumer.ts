import { consumeEvents, CONSUMER_FLAGS, runApp } from "@orderline/lib";
import { BALANCES, Balances } from "./balances.ts";
import { PAYMENT } from "./payment.ts";
import { SETTINGS, SETUP } from "./settings.ts";

await runApp({
  name: "deno run -A examples/payments/consumer.ts",
  summary: "Books every payment once, each account's in the order in which they were sent.",
  flags: CONSUMER_FLAGS,
  settings: SETTINGS,
  usedBy: "consumer",
  setup: SETUP,
}, async (app) => {
  using balances = Balances.open(app.settings.balancesFile);
  return await consumeEvents(app, {
    event: PAYMENT,
    handleBatch: (messages) => Promise.try(() => balances.book(messages.map(({ value }) => value))),
    dependencies: { [BALANCES]: { probe: () => Promise.try(() => balances.probe()) } },
  });
});
