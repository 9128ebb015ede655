import { systemClock } from "../core/clock.ts";
import { HttpRegistry } from "./http_registry.ts";
import type { SchemaRegistry } from "./registry.ts";
import { RegistryCatalogue } from "./registry_catalogue.ts";
import type { RegistryTransportOptions } from "./registry_transport.ts";

/** The settings by which a registry is reached. */
export interface RegistrySettings {
  readonly schemaRegistryUrl: string;
  readonly schemaRegistryUsername: string;
  readonly schemaRegistryPassword: string;
}

/** The registry that the settings name. Asks nothing yet. */
export function openRegistry(settings: RegistrySettings): SchemaRegistry {
  return new HttpRegistry(transportOf(settings));
}

/** A look into the registry that the settings name. Asks nothing yet. */
export function openCatalogue(settings: RegistrySettings): RegistryCatalogue {
  return new RegistryCatalogue(transportOf(settings));
}

function transportOf(settings: RegistrySettings): RegistryTransportOptions {
  const { schemaRegistryUrl: url, schemaRegistryUsername: username, schemaRegistryPassword: password } =
    settings;
  return { url, ...(username !== "" && { username, password }), clock: systemClock };
}
