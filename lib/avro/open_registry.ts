import { systemClock } from "../core/clock.ts";
import { HttpRegistry } from "./http_registry.ts";
import type { SchemaRegistry } from "./registry.ts";

/** The settings by which a registry is reached. */
export interface RegistrySettings {
  readonly schemaRegistryUrl: string;
  readonly schemaRegistryUsername: string;
  readonly schemaRegistryPassword: string;
}

/** The registry that the settings name. Asks nothing yet. */
export function openRegistry(settings: RegistrySettings): SchemaRegistry {
  const { schemaRegistryUrl: url, schemaRegistryUsername: username, schemaRegistryPassword: password } =
    settings;
  return new HttpRegistry({ url, ...(username !== "" && { username, password }), clock: systemClock });
}
