/**
 * Every setting of the orders' applications. `.env.example` and docs/configuration.md are generated from this table.
 */
import { eventSettings, loadEventSettings } from "@orderline/lib/ops/event_settings";
import { matching, text } from "@orderline/lib/ops/setting_parsers";
import type { LoadedSettings, SettingsOf, SettingsSources, SettingsTable } from "@orderline/lib/ops/settings";
import { settingsGroup } from "@orderline/lib/ops/settings_group";

const consumer = settingsGroup("Consumer");

/** The table. */
export const SETTINGS = {
  ...eventSettings("orders", { group: "order-processor" }),
  orderStoreUrl: consumer(
    "ORDER_STORE_URL",
    matching(
      /^(sqlite:.+|postgres(ql)?:\/\/.+)$/,
      "sqlite:<file> or postgres://user:password@host:port/database",
    ),
    ["consumer", "tools"],
    {
      default: "sqlite:./data/orders.db",
      description:
        "Where processed orders are stored; SQLite for one process, PostgreSQL for several. PostgreSQL is encrypted " +
        "only with ?sslmode=verify-full&sslrootcert=<file> at the end.",
    },
  ),
  failItem: consumer("FAIL_ITEM", text(0, 256), ["consumer"], {
    default: "",
    description: "For demonstrations: orders of this item fail on purpose, each attempt; empty for none.",
  }),
} as const satisfies SettingsTable;

/** The command that creates the topics and registers the schema. */
export const SETUP = "deno task setup";

/** The values of all settings, by the names that code uses: `settings.kafkaBrokers`, `settings.topic`, … */
export type Settings = SettingsOf<typeof SETTINGS>;
/** The settings with where they came from. */
export type AppSettings = LoadedSettings<typeof SETTINGS>;

/** Reads the settings out of the sources; throws a `SettingsError` with all that is wrong. */
export function loadAppSettings(sources: SettingsSources): AppSettings {
  return loadEventSettings(SETTINGS, sources);
}
