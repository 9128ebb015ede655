import { systemClock } from "../core/clock.ts";
import { HttpRegistry } from "./http_registry.ts";
import type { SchemaRegistry } from "./registry.ts";
import { RegistryCatalogue } from "./registry_catalogue.ts";
import { fetchOverTls, type RegistryTlsFiles } from "./registry_tls.ts";
import type { RegistryTransportOptions } from "./registry_transport.ts";

/** The settings by which a registry is reached; those that are left out are as if empty. */
export interface RegistrySettings extends Partial<RegistryTlsFiles> {
  readonly schemaRegistryUrl: string;
  readonly schemaRegistryUsername?: string;
  readonly schemaRegistryPassword?: string;
  readonly schemaRegistryToken?: string;
}

/** The registry that the settings name. Asks nothing yet. Throws `permanent("settings")` for files that are wrong. */
export function openRegistry(settings: RegistrySettings): SchemaRegistry {
  return new HttpRegistry(transportOf(settings));
}

/** A look into the registry that the settings name, as {@linkcode openRegistry}. */
export function openCatalogue(settings: RegistrySettings): RegistryCatalogue {
  return new RegistryCatalogue(transportOf(settings));
}

function transportOf(settings: RegistrySettings): RegistryTransportOptions {
  const { schemaRegistryUrl: url, schemaRegistryUsername: username, schemaRegistryPassword: password } =
    settings;
  const { schemaRegistryCaFile = "", schemaRegistryCertFile = "", schemaRegistryKeyFile = "" } = settings;
  const fetch = fetchOverTls({ schemaRegistryCaFile, schemaRegistryCertFile, schemaRegistryKeyFile });
  return {
    url,
    ...(username && { username, ...(password && { password }) }),
    ...(settings.schemaRegistryToken && { token: settings.schemaRegistryToken }),
    ...(fetch && { fetch }),
    clock: systemClock,
  };
}
