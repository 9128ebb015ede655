import { join } from "node:path";
import { StackError } from "./stack_error.ts";

/** Where the containers are reached from outside. */
export interface DockerPorts {
  readonly kafkaPort: number;
  readonly registryPort: number;
}

const COMPOSE_FILE = join(import.meta.dirname ?? ".", "..", "..", "docker-compose.yaml");
/** An engine that is there answers at once; one on another machine that is gone would keep us waiting. */
const ENGINE_TIMEOUT_MS = 5_000;

/** Whether a Docker engine answers and has Compose. The client alone, without an engine, is common and no help. */
export async function dockerAnswers(): Promise<boolean> {
  return await succeeds("info") && await succeeds("compose", "version");
}

async function succeeds(...args: readonly string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("docker", {
      args: [...args],
      stdin: "null",
      signal: AbortSignal.timeout(ENGINE_TIMEOUT_MS),
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** Starts broker and registry as containers and waits until both are healthy; fetches the images if need be. */
export async function composeUp(
  ports: DockerPorts,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await compose(["up", "--detach", "--wait", "kafka", "schema-registry"], {
    env: { KAFKA_HOST_PORT: `${ports.kafkaPort}`, SCHEMA_REGISTRY_HOST_PORT: `${ports.registryPort}` },
    ...options,
  });
}

/** Ends the containers; `wipe` removes their volumes too. */
export async function composeDown(options: { readonly wipe: boolean }): Promise<void> {
  await compose(["down", ...(options.wipe ? ["--volumes"] : [])], { env: {} });
}

async function compose(
  args: readonly string[],
  options: { readonly env: Record<string, string>; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { env, signal } = options;
  const { success } = await new Deno.Command("docker", {
    args: ["compose", "--file", COMPOSE_FILE, ...args],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "inherit", // Compose shows its own progress there
    ...(signal && { signal }),
  }).output();
  signal?.throwIfAborted();
  if (!success) {
    throw new StackError(
      `"docker compose ${args[0]}" failed (its words are above): mend that, or leave Docker out with --java.`,
    );
  }
}
