import { eventSettings } from "@orderline/lib/ops/event_settings";
import { text } from "@orderline/lib/ops/setting_parsers";
import type { SettingsTable } from "@orderline/lib/ops/settings";
import { settingsGroup } from "@orderline/lib/ops/settings_group";

const settings = eventSettings("payments", { group: "payment-balances" });

/** Every setting; where the names are the orders' own, others, since both may run beside each other with one `.env`. */
export const SETTINGS = {
  ...settings,
  consumerGroupId: { ...settings.consumerGroupId, name: "PAYMENTS_GROUP_ID" },
  consumerOpsPort: { ...settings.consumerOpsPort, name: "PAYMENTS_CONSUMER_OPS_PORT", default: "8086" },
  producerOpsPort: { ...settings.producerOpsPort, name: "PAYMENTS_PRODUCER_OPS_PORT", default: "8087" },
  balancesFile: settingsGroup("Consumer")("BALANCES_FILE", text(1), ["consumer"], {
    default: "data/balances.db",
    description: "The SQLite file of the balances; several consumers on one host share it.",
  }),
} as const satisfies SettingsTable;

/** The command that creates the topics and registers the schema. */
export const SETUP = "deno run -A examples/payments/setup.ts";
