import { runApp, setUpEvent } from "@orderline/lib";
import { PAYMENT } from "./payment.ts";
import { SETTINGS, SETUP } from "./settings.ts";

await runApp({
  name: SETUP,
  summary: "Creates the topics of the payments where they are missing, and registers their schema.",
  flags: {},
  settings: SETTINGS,
  usedBy: "tools",
  setup: SETUP,
}, (app) => setUpEvent(app, PAYMENT));
