import { join } from "node:path";
import { startDetached } from "./process.ts";
import { beginLog, logFileOf, markOf, type ServerContext } from "./server.ts";
import type { RegistryState } from "./state.ts";

/** The registry's name in logs and messages. */
export const REGISTRY = "registry";

/** The API that Confluent's clients speak is below this path of Apicurio Registry. */
export function registryUrl(port: number): string {
  return `http://127.0.0.1:${port}/apis/ccompat/v7`;
}

/**
 * Starts the registry; returns at once.
 *
 * Its default store is in memory and would hand out the same ids for other schemas after a restart: the H2 file
 * keeps them for as long as the broker keeps the records that carry them.
 */
export async function startRegistryServer(
  context: ServerContext,
  ports: Pick<RegistryState, "port" | "managementPort">,
): Promise<RegistryState> {
  await Deno.mkdir(join(context.dataDir, REGISTRY), { recursive: true });
  await beginLog(context.dataDir, REGISTRY);
  const process = await startDetached({
    command: [
      context.java,
      "-Xms64m",
      "-Xmx300m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-XX:+ExitOnOutOfMemoryError",
      markOf(context.dataDir),
      "-jar",
      join(context.artifacts.apicurio, "quarkus-run.jar"),
    ],
    cwd: context.dataDir,
    env: {
      QUARKUS_HTTP_HOST: "127.0.0.1",
      QUARKUS_HTTP_PORT: `${ports.port}`,
      QUARKUS_MANAGEMENT_HOST: "127.0.0.1",
      QUARKUS_MANAGEMENT_PORT: `${ports.managementPort}`,
      // Relative to the working folder: a path with a semicolon would end the URL.
      APICURIO_DATASOURCE_URL: `jdbc:h2:file:./${REGISTRY}/registry`,
    },
    logFile: logFileOf(context.dataDir, REGISTRY),
  });
  return { port: ports.port, managementPort: ports.managementPort, process };
}
