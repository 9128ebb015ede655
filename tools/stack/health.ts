import { systemClock } from "../../lib/core/clock.ts";
import { probeBroker } from "./kafka_probe.ts";
import { isRunning } from "./process.ts";
import type { ProcessIdentity } from "./process_identity.ts";
import { logFileOf, markOf } from "./server.ts";
import { StackError } from "./stack_error.ts";

/** How long one question may take. */
const ASK_TIMEOUT_MS = 2_000;
/** How many lines of a log are shown when its server ends. */
const TAIL_LINES = 15;

/** Whether the broker answers, there is a controller, and it sees every one of `expected` alive. */
export async function brokerAnswers(port: number, expected: readonly number[]): Promise<boolean> {
  try {
    const { brokers, controller } = await probeBroker(port, ASK_TIMEOUT_MS);
    return controller >= 0 && expected.every((id) => brokers.includes(id));
  } catch {
    return false;
  }
}

/** Whether the registry lists its subjects. */
export async function registryAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
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
      throw new StackError(`${name} ended while it was starting. ${await logTail(dataDir, name)}`);
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

async function logTail(dataDir: string, name: string): Promise<string> {
  const file = logFileOf(dataDir, name);
  const lines = (await Deno.readTextFile(file).catch(() => "")).trimEnd().split("\n").slice(-TAIL_LINES);
  return `The end of ${file}:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
