import { brokerAnswers, registryAnswers } from "./health.ts";
import { nodeFolder } from "./kafka_config.ts";
import { isRunning } from "./process.ts";
import { REGISTRY, registryUrl } from "./registry_server.ts";
import { logFileOf, markOf } from "./server.ts";
import { type JavaState, readCluster, readState, type StackState } from "./state.ts";

/** One server of the stack, asked just now. */
export interface ServerStatus {
  /** `kafka-1`, `kafka-2`, `registry`. */
  readonly name: string;
  readonly address: string;
  /** Its process runs; for a container, the same as `answers`. */
  readonly alive: boolean;
  readonly answers: boolean;
  readonly pid: number | null;
  readonly logFile: string | null;
}

/** The stack, asked just now. */
export interface StackStatus {
  /** The registry and more than half of the brokers answer: the stack can be worked with. */
  readonly running: boolean;
  /** Every server answers. */
  readonly complete: boolean;
  /** `null` when nothing was started here. */
  readonly kind: StackState["kind"] | null;
  readonly kafkaBrokers: readonly string[];
  readonly schemaRegistryUrl: string;
  readonly servers: readonly ServerStatus[];
}

const NOTHING: StackStatus = {
  running: false,
  complete: false,
  kind: null,
  kafkaBrokers: [],
  schemaRegistryUrl: "",
  servers: [],
};

/** Asks every server that was started with this data folder. */
export async function stackStatus(dataDir: string): Promise<StackStatus> {
  const real = await Deno.realPath(dataDir).catch(() => undefined);
  const state = real === undefined ? undefined : await readState(real);
  if (real === undefined || state === undefined) return NOTHING;
  const clusterId = (await readCluster(real))?.clusterId;
  const servers = await Promise.all(
    state.kind === "java" ? javaServers(real, state, clusterId) : dockerServers(state),
  );
  const brokers = servers.filter(({ name }) => name !== REGISTRY);
  const answering = brokers.filter(({ answers }) => answers);
  const registry = servers.find(({ name }) => name === REGISTRY);
  return {
    running: registry?.answers === true && answering.length * 2 > brokers.length,
    complete: registry?.answers === true && answering.length === brokers.length,
    kind: state.kind,
    kafkaBrokers: brokers.map(({ address }) => address),
    schemaRegistryUrl: registry?.address ?? "",
    servers,
  };
}

function javaServers(
  dataDir: string,
  state: JavaState,
  clusterId: string | undefined,
): Promise<ServerStatus>[] {
  const mark = markOf(dataDir);
  const servers = state.brokers.map(async ({ id, port, process }) => ({
    name: nodeFolder(id),
    address: `127.0.0.1:${port}`,
    pid: process.pid,
    alive: await isRunning(process, mark),
    // Whoever else may sit on the port: it counts only while the process is ours.
    answers: await isRunning(process, mark) && await brokerAnswers(port, { nodes: [id], clusterId }),
    logFile: logFileOf(dataDir, nodeFolder(id)),
  }));
  if (state.registry === null) return servers;
  const { port, process } = state.registry;
  const registry = async () => ({
    name: REGISTRY,
    address: registryUrl(port),
    pid: process.pid,
    alive: await isRunning(process, mark),
    answers: await isRunning(process, mark) && await registryAnswers(registryUrl(port)),
    logFile: logFileOf(dataDir, REGISTRY),
  });
  return [...servers, registry()];
}

function dockerServers(state: Extract<StackState, { kind: "docker" }>): Promise<ServerStatus>[] {
  const url = `http://127.0.0.1:${state.registryPort}`;
  const of = async (name: string, address: string, answering: Promise<boolean>) => {
    const answers = await answering;
    return { name, address, alive: answers, answers, pid: null, logFile: null };
  };
  return [
    of("kafka", `127.0.0.1:${state.kafkaPort}`, brokerAnswers(state.kafkaPort, { nodes: [1] })),
    of(REGISTRY, url, registryAnswers(url)),
  ];
}
