import { join } from "node:path";
import { findJava } from "../../tools/stack/java_search.ts";
import { ensureArtifacts } from "../../tools/stack/maven.ts";
import type { RealStack } from "./real_stack.ts";

/** Kafka's own command line tools, by what they are for. */
const TOOLS = {
  configs: "kafka.admin.ConfigCommand",
  transactions: "org.apache.kafka.tools.TransactionsCommand",
} as const;

/**
 * Runs one of Kafka's own tools, for what kafkajs cannot ask, and resolves with what it printed. Takes about three
 * seconds, most of them for Java to start; rejects with its output when it fails.
 */
export async function kafkaTool(
  stack: RealStack,
  tool: keyof typeof TOOLS,
  commandLine: string,
): Promise<string> {
  const { executable } = await findJava();
  const { kafka } = await ensureArtifacts({ progress: () => {} });
  const { success, stdout, stderr } = await new Deno.Command(executable, {
    args: [
      "-Xmx128m",
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
      "-cp",
      join(kafka, "*"),
      TOOLS[tool],
      "--bootstrap-server",
      stack.brokers.join(","),
      ...commandLine.split(" "),
    ],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout);
  if (!success) throw new Error(`${TOOLS[tool]} ${commandLine}: ${said}${decoder.decode(stderr)}`);
  return said;
}
