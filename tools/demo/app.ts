/**
 * The applications as a person would start them: processes of their own, with settings in the environment.
 */
import { join } from "node:path";
import { systemClock } from "@orderline/lib/core/clock";
import { settleWithin } from "@orderline/lib/core/settle_within";
import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { NOT_BUILT_YET } from "@orderline/lib/ops/event_settings";
import { SETTINGS } from "@orderline/schemas/settings";
import { type DemoRun, REPOSITORY } from "./demo_run.ts";

/** A process that runs. */
export interface App {
  /** Its exit code; never rejects. */
  readonly exitCode: Promise<number>;
  /** SIGTERM, and SIGKILL when that does not help. Resolves with the exit code. */
  stop(): Promise<number>;
  /** The last lines that it wrote, for people. */
  tail(): string;
}

/** How an application is started. */
export interface AppOptions {
  /** Its folder: `producer`, `consumer`, `tools/setup`. */
  readonly path: string;
  /** What its log file is called. */
  readonly name: string;
  /** Of the program that it belongs to; this repository unless told. */
  readonly root?: string;
  readonly args?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** Called with the message of each line that it logs. */
  readonly onMessage?: (message: string) => void;
}

const STOP_MS = 12_000;
const TAIL_LINES = 8;

/**
 * Starts an application in the folder of the run: no `.env` is there, and of our own environment it gets no setting,
 * so that it is set up by what stands here and the defaults alone.
 */
export async function startApp(
  run: Pick<DemoRun, "folder" | "stack" | "topic" | "deadLetterTopic">,
  options: AppOptions,
): Promise<App> {
  const { path, name, root = REPOSITORY, args = [], settings = {}, onMessage = () => {} } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(root, path, "main.ts"), ...args],
    cwd: run.folder,
    clearEnv: true,
    env: {
      ...environmentWithoutSettings(),
      KAFKA_BROKERS: run.stack.kafkaBrokers.join(","),
      SCHEMA_REGISTRY_URL: run.stack.schemaRegistryUrl,
      ORDERS_TOPIC: run.topic,
      ORDERS_DLQ_TOPIC: run.deadLetterTopic,
      LOG_FORMAT: "json",
      LOG_RECORDS: "never",
      ...settings,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const tail: string[] = [];
  const log = await Deno.open(join(run.folder, `${name}.log`), { create: true, append: true });
  const reading = readLines(child.stderr, (line) => {
    log.writeSync(new TextEncoder().encode(`${line}\n`));
    const message = messageOf(line);
    tail.push(message);
    if (tail.length > TAIL_LINES) tail.shift();
    onMessage(message);
  }).finally(() => log.close());
  const exitCode = Promise.all([child.status, reading]).then(([{ code }]) => code);
  return {
    exitCode,
    tail: () => tail.map((line) => `  ${line}`).join("\n"),
    async stop() {
      kill(child, "SIGTERM");
      if (!await settleWithin(exitCode, STOP_MS, systemClock)) kill(child, "SIGKILL");
      return await exitCode;
    },
  };
}

/** Waits for an application to end by itself, and explains it when it does not end well. */
export async function untilDone(
  app: App,
  { name, ok, signal }: {
    readonly name: string;
    readonly ok: readonly number[];
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  signal.throwIfAborted();
  const code = await Promise.race([app.exitCode, aborted]);
  if (!ok.includes(code)) throw endedBadly(app, name, code);
}

/** What there is to say about an application that should not have ended like this. */
export function endedBadly(app: App, name: string, code: number): CommandError {
  return new CommandError(
    EXIT.failed,
    `The ${name} ended with exit code ${code}. Its last lines:\n${app.tail()}`,
  );
}

function environmentWithoutSettings(): Record<string, string> {
  const names = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
  const others = NOT_BUILT_YET.map(({ name }) => name);
  const isSetting = (name: string) =>
    names.has(name) ||
    others.some((other) => other.endsWith("*") ? name.startsWith(other.slice(0, -1)) : name === other);
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => !isSetting(name)));
}

async function readLines(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}

/** The message of a log line in JSON; a line that is none, as it is. */
function messageOf(line: string): string {
  try {
    return String(JSON.parse(line).message ?? line);
  } catch {
    return line;
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}
