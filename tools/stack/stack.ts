import { join } from "node:path";
import { systemClock } from "@orderline/lib/core/clock";
import { composeDown, composeUp } from "./docker.ts";
import { checkBrokerCount, startJavaStack, stopJavaStack } from "./java_stack.ts";
import { withLock } from "./lock.ts";
import { DEFAULT_KAFKA_PORT, DEFAULT_REGISTRY_PORT, isFree, PortChooser } from "./ports.ts";
import { StackError } from "./stack_error.ts";
import { readState, removeState, type StackState, writeSettings, writeState } from "./state.ts";
import { type StackStatus, stackStatus } from "./status.ts";

export { stackStatus } from "./status.ts";
export type { ServerStatus, StackStatus } from "./status.ts";

/** How long a server that runs may stay silent until it counts as broken. */
const PATIENCE_MS = 10_000;

/** A broker and a registry that answer. */
export interface RunningStack {
  /** `127.0.0.1:9092`, one for each broker, in the order of their node ids. */
  readonly kafkaBrokers: readonly string[];
  /** The base of Confluent's API: `<url>/subjects` lists the subjects. */
  readonly schemaRegistryUrl: string;
  /** The real path of the data folder. */
  readonly dataDir: string;
  readonly kind: StackState["kind"];
  /** It ran before; nothing was started. */
  readonly alreadyRunning: boolean;
}

export interface StackOptions {
  /** Everything that has to survive, and the logs; made when it is missing. */
  readonly dataDir: string;
  /** Default: as many as the data are made for, or else one. */
  readonly brokers?: number;
  /** `default`: 9092 and 8081 where they are free; `free`: any, so that stacks can run side by side. */
  readonly ports?: "default" | "free";
  /** Default: `java`. */
  readonly engine?: StackState["kind"];
  /** How long a server may take until it answers; default 60,000. */
  readonly startTimeoutMs?: number;
  /** Called with each step, a line for people. */
  readonly progress: (line: string) => void;
  /** Aborting it ends what was half started and rejects with its reason. */
  readonly signal?: AbortSignal;
}

export interface StopOptions {
  /** Also removes the data. */
  readonly wipe?: boolean;
  readonly progress?: (line: string) => void;
}

/** What `stopStack` did. */
export interface StopReport {
  /** The servers that it ended; empty when nothing ran. */
  readonly stopped: readonly string[];
  readonly wiped: boolean;
}

/**
 * Starts a broker and a registry, or finds that they run, and resolves when both answer.
 *
 * Throws a `StackError` with a sentence for people; nothing that it started is left running then.
 */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const { progress, signal } = options;
  await Deno.mkdir(options.dataDir, { recursive: true });
  const dataDir = await Deno.realPath(options.dataDir);
  return await withLock(dataDir, { progress, signal }, async () => {
    signal?.throwIfAborted();
    await checkBrokerCount(dataDir, options.brokers);
    const alreadyRunning = await isComplete(dataDir, options);
    if (!alreadyRunning) {
      if (options.engine === "docker") await startDocker(dataDir, options);
      else {
        await startJavaStack({
          ...options,
          dataDir,
          ports: options.ports ?? "default",
          startTimeoutMs: options.startTimeoutMs ?? 60_000,
        });
      }
    }
    const status = await settledStatus(dataDir, signal);
    if (!status.complete || status.kind === null) {
      throw new StackError(
        `Everything was started, but then ${troubles(status)}: "deno task stack up" starts anew.`,
      );
    }
    const { kafkaBrokers, schemaRegistryUrl, kind } = status;
    await writeSettings(dataDir, { kafkaBrokers, schemaRegistryUrl });
    return { kafkaBrokers, schemaRegistryUrl, dataDir, kind, alreadyRunning };
  });
}

/** Ends what was started with this data folder, and nothing else; the data stay unless `wipe` is set. */
export async function stopStack(dataDir: string, options: StopOptions = {}): Promise<StopReport> {
  const progress = options.progress ?? (() => {});
  const wipe = options.wipe ?? false;
  const real = await Deno.realPath(dataDir).catch(() => undefined);
  if (real === undefined) return { stopped: [], wiped: false };
  return await withLock(real, { progress }, async () => {
    const state = await readState(real);
    const stopped = state === undefined ? [] : await stop(real, state, { wipe });
    if (wipe) await wipeData(real);
    return { stopped, wiped: wipe };
  });
}

/** Whether all of it runs. Says what is wrong with what does not, and clears it away. */
async function isComplete(dataDir: string, options: StackOptions): Promise<boolean> {
  const state = await readState(dataDir);
  if (state === undefined) return false;
  const status = await settledStatus(dataDir, options.signal);
  if (status.complete) return true;
  options.progress(`started before, but ${troubles(status)}: clearing it away and starting anew`);
  await stop(dataDir, state, { wipe: false });
  return false;
}

/** The status; where a server runs and is silent, asked again for a while: on a busy machine one answer may be late. */
async function settledStatus(dataDir: string, signal: AbortSignal | undefined): Promise<StackStatus> {
  const until = systemClock.monotonic() + PATIENCE_MS;
  while (true) {
    const status = await stackStatus(dataDir);
    const silent = status.servers.filter(({ answers }) => !answers);
    const mayAnswer = silent.length > 0 && silent.every(({ alive }) => alive);
    if (!mayAnswer || systemClock.monotonic() >= until) return status;
    await systemClock.sleep(200, signal);
  }
}

function troubles(status: StackStatus): string {
  return status.servers.filter(({ answers }) => !answers)
    .map(({ name, alive }) => `${name} ${alive ? "runs but does not answer" : "no longer runs"}`)
    .join(", ") || "not to the end";
}

async function stop(dataDir: string, state: StackState, options: { wipe: boolean }): Promise<string[]> {
  if (state.kind === "java") return await stopJavaStack(dataDir, state);
  await composeDown(options);
  await removeState(dataDir);
  return ["kafka", "schema-registry"];
}

async function startDocker(dataDir: string, options: StackOptions): Promise<void> {
  const chooser = new PortChooser(isFree, Math.random);
  const ports = {
    kafkaPort: chooser.choose(DEFAULT_KAFKA_PORT),
    registryPort: chooser.choose(DEFAULT_REGISTRY_PORT),
  };
  options.progress(`starting containers on ports ${ports.kafkaPort} and ${ports.registryPort}`);
  await writeState(dataDir, { kind: "docker", ...ports });
  try {
    await composeUp(ports, { signal: options.signal });
  } catch (error) {
    options.progress("stopping what was half started");
    await composeDown({ wipe: false }).catch(() => {});
    await removeState(dataDir);
    throw error;
  }
}

/** Removes what the stack put there, by name: the folder may be one that holds other things too. */
async function wipeData(dataDir: string): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(dataDir), ({ name }) => name);
  const ours = /^(?:kafka-\d+|registry|logs|cluster\.json|(?:stack|settings)\.json(?:\.tmp)?)$/;
  for (const name of names.filter((name) => ours.test(name))) {
    await Deno.remove(join(dataDir, name), { recursive: true });
  }
}
