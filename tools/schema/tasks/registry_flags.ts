import { openCatalogue, openRegistry } from "@orderline/lib/avro/open_registry";
import type { SchemaRegistry } from "@orderline/lib/avro/registry";
import type { RegistryCatalogue } from "@orderline/lib/avro/registry_catalogue";
import { type CommandArguments, settingFlags } from "@orderline/lib/ops/arguments";
import { configureLogging } from "@orderline/lib/ops/log";
import { readSettingsSources } from "@orderline/lib/ops/settings_sources";
import { loadAppSettings, SETTINGS, type Settings } from "@orderline/schemas/settings";
import { reachRegistry } from "@orderline/lib/ops/startup";
import { FOLDER_FLAGS } from "./folder_flags.ts";

const { registry, brokers, "log-level": logLevel } = settingFlags(SETTINGS, "tools");

/** The flags of every command that asks a registry. */
export const REGISTRY_FLAGS = { ...FOLDER_FLAGS, registry: registry!, "log-level": logLevel! };

/** The flag of a command that asks Kafka as well. */
export const KAFKA_FLAGS = { brokers: brokers! };

/** A registry that answers, and the settings that name it. */
export interface ReachedRegistry {
  readonly registry: SchemaRegistry;
  readonly catalogue: RegistryCatalogue;
  readonly settings: Settings;
  /** Asks again while the registry is unavailable, as long as a start may take; every question bears being repeated. */
  ask<R>(question: () => Promise<R>): Promise<R>;
}

/** Waits for the registry that the settings name; exit code 4 when it does not answer in time. */
export async function openReachedRegistry(args: CommandArguments<string>): Promise<ReachedRegistry> {
  const settings = await settingsOf(args);
  const registry = openRegistry(settings);
  const ask = <R>(question: () => Promise<R>) =>
    reachRegistry(question, { timeoutMs: settings.startupTimeoutMs });
  await ask(() => registry.ping());
  return { registry, catalogue: openCatalogue(settings), settings, ask };
}

/** The settings, with logging as they say. */
export async function settingsOf(args: CommandArguments<string>): Promise<Settings> {
  const { values } = loadAppSettings(await readSettingsSources({ flags: args.given }));
  configureLogging({ level: values.logLevel, format: values.logFormat });
  return values;
}
