import { PortLostError } from "./health.ts";
import { findJava } from "./java_search.ts";
import { prepareNode, startNode } from "./kafka_broker.ts";
import { type KafkaNode, nodeFolder } from "./kafka_config.ts";
import { ensureArtifacts } from "./maven.ts";
import { DEFAULT_KAFKA_PORT, DEFAULT_REGISTRY_PORT, isFree, PortChooser } from "./ports.ts";
import { endProcess } from "./process.ts";
import { untilAllReady } from "./readiness.ts";
import { REGISTRY, startRegistryServer } from "./registry_server.ts";
import { markOf, type ServerContext } from "./server.ts";
import { StackError } from "./stack_error.ts";
import {
  type Cluster,
  type JavaState,
  newClusterId,
  readCluster,
  removeState,
  writeCluster,
  writeState,
} from "./state.ts";

/** How long a broker gets to hand over and close its log. */
const BROKER_STOP_MS = 10_000;
const REGISTRY_STOP_MS = 8_000;
/** How often ports are chosen again when others take them between the choice and the start. */
const MAX_ATTEMPTS = 3;

export interface JavaStartOptions {
  readonly dataDir: string;
  readonly brokers?: number | undefined;
  readonly ports: "default" | "free";
  readonly startTimeoutMs: number;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Starts registry and brokers and waits until all answer; if that fails, ends what it started and throws. */
export async function startJavaStack(options: JavaStartOptions): Promise<JavaState> {
  const { dataDir, progress, signal } = options;
  const cluster = await clusterOf(dataDir, options.brokers);
  const java = await findJava();
  progress(`using Java ${java.major} (${java.foundIn})`);
  const artifacts = await ensureArtifacts({ progress, signal });
  const context: ServerContext = { dataDir, java: java.executable, artifacts };
  for (let attempt = 1;; attempt++) {
    try {
      return await startServers(context, cluster, options);
    } catch (error) {
      if (!(error instanceof PortLostError) || attempt === MAX_ATTEMPTS) throw error;
      progress("somebody else took a port in the meantime: choosing again");
    }
  }
}

async function startServers(
  context: ServerContext,
  cluster: Cluster,
  options: JavaStartOptions,
): Promise<JavaState> {
  const { dataDir, progress, signal } = options;
  const { nodes, registryPorts } = choosePorts(cluster.brokers, options);
  let state: JavaState = { kind: "java", java: context.java, brokers: [], registry: null };
  const remember = async (next: JavaState) => await writeState(dataDir, state = next);
  try {
    // The registry needs no broker and takes longest: it starts while the brokers' folders are formatted.
    await remember({ ...state, registry: await startRegistryServer(context, registryPorts) });
    for (const node of nodes) {
      await prepareNode(context, { node, nodes, clusterId: cluster.clusterId, signal });
    }
    for (const node of nodes) {
      await remember({ ...state, brokers: [...state.brokers, await startNode(context, node)] });
    }
    await untilAllReady(state, { dataDir, timeoutMs: options.startTimeoutMs, progress, signal, cluster });
    return state;
  } catch (error) {
    progress("stopping what was half started");
    await stopJavaStack(dataDir, state);
    throw error;
  }
}

/** Ends every process of the stack that is still ours, and forgets it; answers the names of those it ended. */
export async function stopJavaStack(dataDir: string, state: JavaState): Promise<string[]> {
  const mark = markOf(dataDir);
  const servers = [
    ...state.brokers.map(({ id, process }) => ({
      name: nodeFolder(id),
      process,
      deadlineMs: BROKER_STOP_MS,
    })),
    ...(state.registry === null
      ? []
      : [{ name: REGISTRY, process: state.registry.process, deadlineMs: REGISTRY_STOP_MS }]),
  ];
  const endings = await Promise.all(servers.map(async ({ name, process, deadlineMs }) => ({
    name,
    ending: await endProcess(process, { mark, deadlineMs }),
  })));
  await removeState(dataDir);
  return endings.filter(({ ending }) => ending !== "was not running")
    .map(({ name, ending }) => ending === "killed" ? `${name} (killed after its deadline)` : name);
}

/**
 * Refuses a number of brokers that the data here are not made for: voters that join with an empty log could
 * outvote the one that has it.
 */
export async function checkBrokerCount(dataDir: string, brokers: number | undefined): Promise<void> {
  const known = await readCluster(dataDir);
  if (known !== undefined && brokers !== undefined && brokers !== known.brokers) {
    throw new StackError(
      `The data in ${dataDir} are those of ${known.brokers} broker(s) and --brokers says ${brokers}: leave it ` +
        `out, or begin with empty data after "deno task stack down --wipe".`,
      { exitCode: 2 },
    );
  }
}

/** The cluster whose data lie here, or a new one. */
async function clusterOf(dataDir: string, brokers: number | undefined): Promise<Cluster> {
  const known = await readCluster(dataDir);
  if (known !== undefined) return known;
  const clusterId = newClusterId(() => crypto.getRandomValues(new Uint8Array(16)));
  const fresh = { clusterId, brokers: brokers ?? 1 };
  await writeCluster(dataDir, fresh);
  return fresh;
}

function choosePorts(
  brokers: number,
  options: JavaStartOptions,
): { nodes: KafkaNode[]; registryPorts: { port: number; managementPort: number } } {
  const chooser = new PortChooser(isFree, Math.random);
  const choose = (what: string, wanted: number) => {
    const port = chooser.choose(options.ports === "default" ? wanted : undefined);
    if (options.ports === "default" && port !== wanted) {
      options.progress(`port ${wanted} is taken: ${what} gets ${port}`);
    }
    return port;
  };
  const ports = Array.from({ length: brokers }, (_, i) => choose(`broker ${i + 1}`, DEFAULT_KAFKA_PORT + i));
  const registryPort = choose("the registry", DEFAULT_REGISTRY_PORT);
  return {
    nodes: ports.map((port, i) => ({ id: i + 1, port, controllerPort: chooser.choose() })),
    registryPorts: { port: registryPort, managementPort: chooser.choose() },
  };
}
