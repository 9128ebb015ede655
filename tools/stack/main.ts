import { join } from "node:path";
import { systemClock } from "@orderline/lib/core/clock";
import { HELP, parseCommand, type StackCommand } from "./cli_options.ts";
import { dockerAnswers } from "./docker.ts";
import { runSetup } from "./setup_step.ts";
import { StackError } from "./stack_error.ts";
import { stackStatus, startStack, stopStack } from "./stack.ts";
import { statusJson, statusText } from "./status_text.ts";

const REPOSITORY = join(import.meta.dirname ?? ".", "..", "..");
const DEFAULT_DATA = join(REPOSITORY, "data", "stack");

type Up = Extract<StackCommand, { command: "up" }>;

/** Runs one command and answers its exit code. */
async function main(args: readonly string[]): Promise<number> {
  const command = parseCommand(args);
  const dataDir = "data" in command && command.data !== undefined ? command.data : DEFAULT_DATA;
  if (command.command === "help") {
    console.log(HELP);
    return 0;
  }
  if (command.command === "up") return await up(dataDir, command);
  if (command.command === "down") return await down(dataDir, command.wipe);
  const status = await stackStatus(dataDir);
  console.log(command.json ? statusJson(status) : statusText(status));
  return status.running ? 0 : 1;
}

async function up(dataDir: string, command: Up): Promise<number> {
  const progress = elapsedLines();
  const stop = new AbortController();
  let exitCode = 0;
  const onSignal = (code: number) => () => {
    // A terminal and `deno task` both deliver Ctrl-C: the second one is the same one.
    if (stop.signal.aborted) return;
    exitCode = code;
    progress("interrupted");
    stop.abort(new Error("interrupted"));
  };
  Deno.addSignalListener("SIGINT", onSignal(130));
  Deno.addSignalListener("SIGTERM", onSignal(143));
  try {
    const stack = await startStack({
      dataDir,
      progress,
      engine: await chooseEngine(command, progress),
      startTimeoutMs: startTimeoutMs(),
      signal: stop.signal,
      ...(command.brokers !== undefined && { brokers: command.brokers }),
    });
    if (stack.alreadyRunning) progress("the stack runs already");
    if (command.setup) {
      const setupCode = await runSetup(REPOSITORY, stack, { progress, signal: stop.signal });
      if (setupCode !== 0) return stop.signal.aborted ? exitCode : setupCode;
    }
    progress(
      `up: KAFKA_BROKERS=${stack.kafkaBrokers.join(",")} SCHEMA_REGISTRY_URL=${stack.schemaRegistryUrl}`,
    );
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return exitCode;
    throw error;
  }
}

/** Docker where it can do what is asked, and the engine answers; otherwise Java. */
async function chooseEngine(command: Up, progress: (line: string) => void): Promise<"docker" | "java"> {
  const forced = Deno.env.get("ORDERLINE_STACK") ?? "";
  if (forced !== "" && forced !== "java") {
    throw new StackError(`ORDERLINE_STACK may be "java" or absent, not "${forced}".`, { exitCode: 2 });
  }
  if (command.java || forced === "java" || command.data !== undefined) return "java";
  if (!await dockerAnswers()) {
    progress("no Docker engine answers: using Java");
    return "java";
  }
  if ((command.brokers ?? 1) === 1) return "docker";
  progress("docker-compose.yaml has one broker: using Java for more");
  return "java";
}

function startTimeoutMs(): number {
  const text = Deno.env.get("STARTUP_TIMEOUT_MS");
  if (!text) return 60_000;
  const ms = Number(text);
  if (Number.isInteger(ms) && ms > 0) return ms;
  throw new StackError(`STARTUP_TIMEOUT_MS is a whole number of milliseconds above 0, not "${text}".`, {
    exitCode: 2,
  });
}

async function down(dataDir: string, wipe: boolean): Promise<number> {
  const progress = elapsedLines();
  const { stopped, wiped } = await stopStack(dataDir, { wipe, progress });
  progress(stopped.length === 0 ? "nothing runs" : `stopped ${stopped.join(", ")}`);
  if (wiped) progress("data removed");
  return 0;
}

/** Progress on stderr, each line with the seconds since the start. */
function elapsedLines(): (line: string) => void {
  const began = systemClock.monotonic();
  return (line) => {
    const seconds = ((systemClock.monotonic() - began) / 1000).toFixed(1);
    console.error(`${seconds.padStart(5)} s  ${line}`);
  };
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    console.error(error.message);
    Deno.exit(error.exitCode);
  }
}
