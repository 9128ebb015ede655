import { systemClock } from "@orderline/lib/core/clock";
import { probeBroker } from "./kafka_probe.ts";
import { isRunning } from "./process.ts";
import type { ProcessIdentity } from "./process_identity.ts";
import { logFileOf, markOf } from "./server.ts";
import { StackError } from "./stack_error.ts";

/** How long one question may take. */
const ASK_TIMEOUT_MS = 2_000;
/** How many lines of a log are shown when its server ends. */
const TAIL_LINES = 15;

interface ExpectedCluster {
  /** Node ids that have to be alive. */
  readonly nodes: readonly number[];
  /** Absent: any. */
  readonly clusterId?: string | undefined;
}

/** Whether the broker answers, is one of this cluster, and sees a controller and the expected nodes alive. */
export async function brokerAnswers(port: number, expected: ExpectedCluster): Promise<boolean> {
  try {
    const { brokers, clusterId, controller } = await probeBroker(port, ASK_TIMEOUT_MS);
    return controller >= 0 && expected.nodes.every((id) => brokers.includes(id)) &&
      (expected.clusterId === undefined || expected.clusterId === clusterId);
  } catch {
    return false;
  }
}

/** Whether a registry lists its subjects there. */
export async function registryAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Whether a server has said `words` since it was started. */
export async function hasLogged(dataDir: string, name: string, words: string): Promise<boolean> {
  return (await readLog(dataDir, name)).includes(words);
}

interface ReadyOptions {
  readonly dataDir: string;
  /** The server's name, which its log file has too. */
  readonly name: string;
  readonly process: ProcessIdentity;
  readonly answers: () => Promise<boolean>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Waits until a server answers; throws a {@linkcode StackError} with the end of its log if it ends or stays silent. */
export async function untilReady(options: ReadyOptions): Promise<void> {
  const { dataDir, name, process, answers, timeoutMs, signal } = options;
  const deadline = systemClock.monotonic() + timeoutMs;
  while (!await answers()) {
    if (!await isRunning(process, markOf(dataDir))) {
      const message = `${name} ended while it was starting. ${await logTail(dataDir, name)}`;
      throw await lostItsPort(dataDir, name) ? new PortLostError(message) : new StackError(message);
    }
    if (systemClock.monotonic() >= deadline) {
      throw new StackError(
        `${name} did not answer within ${timeoutMs / 1000} s; STARTUP_TIMEOUT_MS gives it longer. ` +
          await logTail(dataDir, name),
      );
    }
    await systemClock.sleep(100, signal);
  }
}

/** A server could not have its port: somebody took it between the choice and the start. */
export class PortLostError extends StackError {}

async function lostItsPort(dataDir: string, name: string): Promise<boolean> {
  return /address already in use|port \d+ seems to be in use/i.test(await readLog(dataDir, name));
}

async function readLog(dataDir: string, name: string): Promise<string> {
  return await Deno.readTextFile(logFileOf(dataDir, name)).catch(() => "");
}

async function logTail(dataDir: string, name: string): Promise<string> {
  const file = logFileOf(dataDir, name);
  const lines = (await readLog(dataDir, name)).trimEnd().split("\n").slice(-TAIL_LINES);
  return `The end of ${file}:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
