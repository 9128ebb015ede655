import { prepareNode, startNode } from "./kafka_broker.ts";
import { withLock } from "./lock.ts";
import { ensureArtifacts } from "./maven.ts";
import { endProcess, hasEnded, isRunning, signalProcess } from "./process.ts";
import type { ProcessIdentity } from "./process_identity.ts";
import { untilBrokerReady, untilRegistryReady } from "./readiness.ts";
import { startRegistryServer } from "./registry_server.ts";
import { markOf, type ServerContext } from "./server.ts";
import { StackError } from "./stack_error.ts";
import {
  type BrokerState,
  type JavaState,
  readCluster,
  readState,
  type RegistryState,
  writeState,
} from "./state.ts";

/**
 * One server of a running Java stack, hurt and mended: what tests about failures need.
 *
 * A broker is named by its place in `RunningStack.kafkaBrokers`, from 0. Every server keeps its port.
 */
export type ServerName = number | "registry";

const STOP_MS = 15_000;
const START_MS = 60_000;
const NO_PROGRESS = () => {};

/** `kill -9`, and waits until the process is gone. */
export async function killServer(dataDir: string, server: ServerName): Promise<void> {
  const { mark, process } = await find(dataDir, server);
  await signalProcess(process, { mark, signal: "SIGKILL" });
  await hasEnded(process, { mark, deadlineMs: STOP_MS });
}

/** Asks the server to stop and waits; kills it after 15 s. */
export async function stopServer(dataDir: string, server: ServerName): Promise<void> {
  const { mark, process } = await find(dataDir, server);
  await endProcess(process, { mark, deadlineMs: STOP_MS });
}

/** Freezes the server: it keeps its connections, accepts new ones and says nothing. */
export async function pauseServer(dataDir: string, server: ServerName): Promise<void> {
  const { mark, process } = await find(dataDir, server);
  await signalProcess(process, { mark, signal: "SIGSTOP" });
}

/** Lets a frozen server go on. */
export async function resumeServer(dataDir: string, server: ServerName): Promise<void> {
  const { mark, process } = await find(dataDir, server);
  await signalProcess(process, { mark, signal: "SIGCONT" });
}

/** Starts a server that was stopped or killed, on its old port, and waits until it answers; one that runs stays. */
export async function startServer(dataDir: string, server: ServerName): Promise<void> {
  await startServers(dataDir, [server]);
}

/** Several at once: where most of the brokers are down, none answers before the others have started, too. */
export async function startServers(dataDir: string, servers: readonly ServerName[]): Promise<void> {
  const real = await Deno.realPath(dataDir);
  await withLock(real, { progress: NO_PROGRESS }, async () => {
    const answering: (() => Promise<void>)[] = [];
    for (const server of servers) {
      const { mark, process, state } = await find(dataDir, server);
      if (await isRunning(process, mark)) continue;
      const artifacts = await ensureArtifacts({ progress: NO_PROGRESS });
      const context = { dataDir: real, java: state.java, artifacts };
      answering.push(
        server === "registry"
          ? await restartRegistry(context, state)
          : await restartBroker(context, state, brokerOf(state, server)),
      );
    }
    await Promise.all(answering.map((answers) => answers()));
  });
}

/** Whose process runs, or stands still since a {@linkcode pauseServer}, or is gone; and its id, new at every start. */
export async function processOf(
  dataDir: string,
  server: ServerName,
): Promise<{ readonly pid: number; readonly state: "running" | "frozen" | "gone" }> {
  const { mark, process } = await find(dataDir, server);
  if (!await isRunning(process, mark)) return { pid: process.pid, state: "gone" };
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", `${process.pid}`] }).output();
  const frozen = new TextDecoder().decode(stdout).startsWith("T");
  return { pid: process.pid, state: frozen ? "frozen" : "running" };
}

/** {@linkcode killServer} for a broker. */
export function killBroker(dataDir: string, index: number): Promise<void> {
  return killServer(dataDir, index);
}

/** {@linkcode stopServer} for a broker. */
export function stopBroker(dataDir: string, index: number): Promise<void> {
  return stopServer(dataDir, index);
}

/** {@linkcode startServer} for a broker. */
export function startBroker(dataDir: string, index: number): Promise<void> {
  return startServer(dataDir, index);
}

interface Found {
  /** The real path of the data folder. */
  readonly real: string;
  readonly mark: string;
  readonly state: JavaState;
  readonly process: ProcessIdentity;
}

async function find(dataDir: string, server: ServerName): Promise<Found> {
  const real = await Deno.realPath(dataDir);
  const state = await readState(real);
  if (state?.kind !== "java") throw new StackError(`No Java stack was started in ${real}: start one first.`);
  const { process } = server === "registry" ? registryOf(state) : brokerOf(state, server);
  return { real, mark: markOf(real), state, process };
}

function brokerOf(state: JavaState, index: number): BrokerState {
  const broker = state.brokers[index];
  if (broker !== undefined) return broker;
  throw new StackError(
    `There is no broker ${index}: this stack has ${state.brokers.length}, counted from 0.`,
  );
}

function registryOf(state: JavaState): RegistryState {
  if (state.registry !== null) return state.registry;
  throw new StackError("This stack was not started to the end and has no registry: start it again.");
}

/** Starts it; what comes back waits until it answers. */
async function restartBroker(
  context: ServerContext,
  state: JavaState,
  broker: BrokerState,
): Promise<() => Promise<void>> {
  const cluster = await readCluster(context.dataDir);
  if (cluster === undefined) throw new StackError(`The data of ${context.dataDir} are gone: start it again.`);
  await prepareNode(context, { node: broker, nodes: state.brokers, clusterId: cluster.clusterId });
  const started = await startNode(context, broker);
  const brokers = state.brokers.map((other) => other.id === started.id ? started : other);
  await writeState(context.dataDir, { ...state, brokers });
  return () => untilBrokerReady(started, { ...waiting(context), cluster, nodes: [started.id] });
}

async function restartRegistry(context: ServerContext, state: JavaState): Promise<() => Promise<void>> {
  const registry = await startRegistryServer(context, registryOf(state));
  await writeState(context.dataDir, { ...state, registry });
  return () => untilRegistryReady(registry, waiting(context));
}

function waiting({ dataDir }: ServerContext) {
  return { dataDir, timeoutMs: START_MS, progress: NO_PROGRESS };
}
