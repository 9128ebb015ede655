import { join } from "node:path";
import { type KafkaNode, kafkaSettings, nodeFolder, toProperties } from "./kafka_config.ts";
import { startDetached } from "./process.ts";
import { beginLog, logFileOf, markOf, type ServerContext } from "./server.ts";
import { StackError } from "./stack_error.ts";
import type { BrokerState } from "./state.ts";

/** Flags that fit a broker beside everything else on a laptop. */
const JVM_FLAGS = [
  "-Xms128m",
  "-Xmx512m",
  "-XX:+UseSerialGC",
  "-XX:+ExitOnOutOfMemoryError",
  "-Djava.awt.headless=true",
];
/** slf4j-simple reads its configuration from here. */
const LOG_FLAGS = [
  "-Dorg.slf4j.simpleLogger.showDateTime=true",
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd_HH:mm:ss.SSS",
  "-Dorg.slf4j.simpleLogger.showThreadName=false",
  // These repeat every setting, a few hundred lines at each start.
  "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaConfig=warn",
  "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn",
];

/** Writes a node's settings and, the first time, formats its log folder for the cluster. */
export async function prepareNode(
  context: ServerContext,
  options: {
    readonly node: KafkaNode;
    readonly nodes: readonly KafkaNode[];
    readonly clusterId: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { node, nodes, clusterId, signal } = options;
  const folder = join(context.dataDir, nodeFolder(node.id));
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "server.properties"), toProperties(kafkaSettings(node, nodes)));
  const formatted = await Deno.stat(join(folder, "log", "meta.properties")).then(() => true, () => false);
  if (formatted) return;
  const format = await new Deno.Command(context.java, {
    args: [
      "-Xmx128m",
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
      "-cp",
      join(context.artifacts.kafka, "*"),
      "kafka.tools.StorageTool",
      "format",
      "--cluster-id",
      clusterId,
      "--config",
      join(nodeFolder(node.id), "server.properties"),
    ],
    cwd: context.dataDir,
    stdin: "null",
    ...(signal && { signal }),
  }).output();
  signal?.throwIfAborted();
  if (format.success) return;
  const said = new TextDecoder().decode(format.stdout) + new TextDecoder().decode(format.stderr);
  throw new StackError(
    `Kafka could not format ${folder}:\n${said.trim()}\nFree the disk or choose another --data.`,
  );
}

/** Starts a node that was prepared; returns at once. Its working folder is the data folder. */
export async function startNode(context: ServerContext, node: KafkaNode): Promise<BrokerState> {
  const name = nodeFolder(node.id);
  await beginLog(context.dataDir, name);
  const process = await startDetached({
    command: [
      context.java,
      ...JVM_FLAGS,
      ...LOG_FLAGS,
      markOf(context.dataDir),
      "-cp",
      join(context.artifacts.kafka, "*"),
      "kafka.Kafka",
      join(name, "server.properties"),
    ],
    cwd: context.dataDir,
    env: {},
    logFile: logFileOf(context.dataDir, name),
  });
  return { ...node, process };
}
