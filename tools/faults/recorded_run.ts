import { systemClock } from "@orderline/lib/core/clock";
import { updateGuarantees } from "../docs/guarantees_page.ts";
import { startStack, stopStack } from "../stack/stack.ts";
import { type FaultRecord, withRecord } from "./fault_record.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const RUN_ONE = new URL("run_one.ts", import.meta.url).pathname;
const SAY_EACH_MS = 30_000;
/** For what a run has started to stop in order, when it is interrupted. */
const STOP_MS = 12_000;

/** What is run, and what it says meanwhile. */
export interface RecordedRunOptions {
  /** What its row in the document is called. */
  readonly name: string;
  /** Whose default export is given the stack and `args`, and resolves with one line of what was measured. */
  readonly module: URL;
  /** With none there is no stack either. */
  readonly brokers: 0 | 1 | 3;
  /** What chance begins with; for the record. */
  readonly seed: number;
  /** What the module's function gets after the stack. */
  readonly args: readonly unknown[];
  readonly commit: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Runs a module on a private stack, in a process of its own. Never rejects: where the stack does not start, that is the
 * result.
 */
export async function recordedRun(options: RecordedRunOptions): Promise<FaultRecord> {
  const { name, module, brokers, seed, args, commit, signal, say } = options;
  const date = new Date(systemClock.now()).toISOString().slice(0, 10);
  const dataDir = await Deno.makeTempDir({ prefix: "orderline-fault-" });
  const startedAt = systemClock.monotonic();
  const seconds = () => (systemClock.monotonic() - startedAt) / 1_000;
  const stopSaying = systemClock.every(
    SAY_EACH_MS,
    () => say(`${name}: running for ${seconds().toFixed(0)} s`),
  );
  const end = (passed: boolean, result: string) =>
    ({ name, passed, date, commit, seed, seconds: seconds(), result }) satisfies FaultRecord;
  try {
    const described = brokers === 0 ? null : await describedStack({ dataDir, brokers, signal });
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", RUN_ONE, module.href, JSON.stringify(args)],
      cwd: ROOT,
      env: { ORDERLINE_FAULT_STACK: JSON.stringify(described) },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
      detached: true,
    }).spawn();
    const { success, stdout } = await endedWithAll(child, signal);
    return end(success, new TextDecoder().decode(stdout).trim() || "it ended without a word");
  } catch (error) {
    return end(false, error instanceof Error ? error.message : String(error));
  } finally {
    stopSaying();
    await stopStack(dataDir, { wipe: true }).catch((error) =>
      say(`${name}: its stack does not stop: ${error}`)
    );
    await Deno.remove(dataDir, { recursive: true }).catch(() => {});
  }
}

/** The child's output. When the signal aborts, it is ended with every process that it has started: they are its group. */
async function endedWithAll(child: Deno.ChildProcess, signal: AbortSignal): Promise<Deno.CommandOutput> {
  const endAll = (how: Deno.Signal) => {
    try {
      Deno.kill(-child.pid, how);
    } catch {
      // Nobody is left.
    }
  };
  const onAbort = () => endAll("SIGTERM");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const output = await child.output();
  signal.removeEventListener("abort", onAbort);
  if (signal.aborted) await systemClock.sleep(STOP_MS);
  endAll("SIGKILL");
  return output;
}

/** A stack of the run's own, as its process is told of it. */
async function describedStack(options: { dataDir: string; brokers: number; signal: AbortSignal }) {
  const stack = await startStack({ ...options, ports: "free", progress: () => {} });
  return { brokers: stack.kafkaBrokers, registryUrl: stack.schemaRegistryUrl, dataDir: stack.dataDir };
}

/** Puts a run into docs/guarantees.md, in the place of the last one of its name. */
export async function writeRecord(record: FaultRecord): Promise<void> {
  await updateGuarantees((page) => withRecord(page, record));
}

/** A run in one line, for the person who waits for it. */
export function toldResult({ name, passed, seconds, result }: FaultRecord): string {
  return `${passed ? "passed" : "FAILED"} ${name} (${seconds.toFixed(0)} s): ${result}`;
}
