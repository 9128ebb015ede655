import { join } from "node:path";
import type { KafkaNode } from "./kafka_config.ts";
import type { ProcessIdentity } from "./process_identity.ts";

/** A broker that was started. */
export interface BrokerState extends KafkaNode {
  readonly process: ProcessIdentity;
}

/** The registry that was started. */
export interface RegistryState {
  readonly port: number;
  readonly managementPort: number;
  readonly process: ProcessIdentity;
}

/** What was started, so that another command can find it, ask it and end it. Kept in `stack.json`. */
export type StackState =
  | {
    readonly kind: "java";
    readonly java: string;
    readonly brokers: readonly BrokerState[];
    readonly registry: RegistryState | null;
  }
  | { readonly kind: "docker"; readonly kafkaPort: number; readonly registryPort: number };

/** What was started with Java. */
export type JavaState = Extract<StackState, { kind: "java" }>;

/** What the data belong to, kept beside them in `cluster.json` for as long as they are. */
export interface Cluster {
  readonly clusterId: string;
  readonly brokers: number;
}

/** What was started here and not stopped yet; `undefined` when nothing, or when the file cannot be read. */
export async function readState(dataDir: string): Promise<StackState | undefined> {
  const state = await readJson(join(dataDir, "stack.json"));
  return isState(state) ? state : undefined;
}

/** Writes down what was started. */
export async function writeState(dataDir: string, state: StackState): Promise<void> {
  await writeJson(join(dataDir, "stack.json"), state);
}

/**
 * Says how the stack is reached, as the settings that the applications read when nobody sets them otherwise: a stack on
 * other ports than the default is found without touching `.env`.
 */
export async function writeSettings(
  dataDir: string,
  stack: { readonly kafkaBrokers: readonly string[]; readonly schemaRegistryUrl: string },
): Promise<void> {
  await writeJson(join(dataDir, "settings.json"), {
    KAFKA_BROKERS: stack.kafkaBrokers.join(","),
    SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl,
  });
}

/** Forgets what was started, and how it was reached. */
export async function removeState(dataDir: string): Promise<void> {
  for (const name of ["stack.json", "settings.json"]) await Deno.remove(join(dataDir, name)).catch(() => {});
}

/** Whose data lie here; `undefined` when none. */
export async function readCluster(dataDir: string): Promise<Cluster | undefined> {
  const cluster = await readJson(join(dataDir, "cluster.json"));
  return isRecord(cluster) && typeof cluster["clusterId"] === "string" &&
      typeof cluster["brokers"] === "number"
    ? { clusterId: cluster["clusterId"], brokers: cluster["brokers"] }
    : undefined;
}

/** Writes down whose data lie here. */
export async function writeCluster(dataDir: string, cluster: Cluster): Promise<void> {
  await writeJson(join(dataDir, "cluster.json"), cluster);
}

/** Sixteen random bytes as Kafka writes them; never with a dash in front, which a command line would misread. */
export function newClusterId(randomBytes: () => Uint8Array): string {
  const id = randomBytes().toBase64({ alphabet: "base64url", omitPadding: true });
  return id.startsWith("-") ? newClusterId(randomBytes) : id;
}

/** Whether a value has the form of a state; what another version wrote differently counts as nothing. */
export function isState(value: unknown): value is StackState {
  if (!isRecord(value)) return false;
  if (value["kind"] === "docker") return areNumbers(value, "kafkaPort", "registryPort");
  const { brokers, registry } = value;
  return value["kind"] === "java" && typeof value["java"] === "string" && Array.isArray(brokers) &&
    brokers.every((broker) => isProcess(broker) && areNumbers(broker, "id", "port", "controllerPort")) &&
    (registry === null || isProcess(registry) && areNumbers(registry, "port", "managementPort"));
}

function isProcess(value: unknown): value is Record<string, unknown> {
  const process = isRecord(value) ? value["process"] : undefined;
  return isRecord(process) && areNumbers(process, "pid") && typeof process["startedAt"] === "string";
}

function areNumbers(value: Record<string, unknown>, ...names: readonly string[]): boolean {
  return names.every((name) => Number.isInteger(value[name]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return undefined;
  }
}

/** Written beside and renamed: whoever reads meanwhile sees the old file or the new one, whole. */
async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(`${path}.tmp`, `${JSON.stringify(value, null, 2)}\n`);
  await Deno.rename(`${path}.tmp`, path);
}
