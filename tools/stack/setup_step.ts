import { join } from "node:path";
import type { RunningStack } from "./stack.ts";

interface SetupOptions {
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Creates topics and registers schemas on the stack, by the command that does it anywhere; answers its exit code. */
export async function runSetup(
  repository: string,
  stack: RunningStack,
  options: SetupOptions,
): Promise<number> {
  const script = join(repository, "tools", "setup", "main.ts");
  if (!await Deno.stat(script).then(() => true, () => false)) return 0;
  options.progress("creating topics and registering schemas");
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script],
    cwd: repository,
    env: { KAFKA_BROKERS: stack.kafkaBrokers.join(","), SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
    signal: options.signal,
  }).output();
  return code;
}
