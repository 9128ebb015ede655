import { runApp } from "@orderline/lib/app/run_app";
import { setUpEvent } from "@orderline/lib/app/set_up_event";
import { ORDER } from "@orderline/schemas";
import { SETTINGS, SETUP } from "@orderline/schemas/settings";

await runApp({
  name: SETUP,
  summary:
    "Creates the topics that are missing and registers the order schema. May be run again at any time.",
  flags: {},
  examples: [SETUP, `${SETUP} --brokers kafka-1:9092 --registry http://registry:8081`],
  settings: SETTINGS,
  usedBy: "tools",
  setup: SETUP,
}, (app) => setUpEvent(app, ORDER));
