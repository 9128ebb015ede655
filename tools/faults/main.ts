/**
 * `deno task test:faults`: what `deno task test` does in small, with all that is promised. Each fault gets a private
 * stack and a process of its own, and its result goes into docs/guarantees.md, also where it failed.
 */
import { systemClock } from "@orderline/lib/core/clock";
import { shown } from "@orderline/lib/core/shown";
import { UsageError } from "@orderline/lib/ops/arguments";
import { runCommand } from "@orderline/lib/ops/command";
import { EXIT, type ExitCode } from "@orderline/lib/ops/exit_codes";
import { watchSignals } from "@orderline/lib/ops/signals";
import { openTerminal } from "@orderline/lib/ops/terminal";
import { startStack, stopStack } from "../stack/stack.ts";
import { faultModule, faultNames } from "./fault_modules.ts";
import { type FaultRecord, withRecord } from "./fault_record.ts";

const COMMAND = {
  name: "deno task test:faults",
  summary:
    "Breaks Kafka in every way that docs/guarantees.md promises to survive, at full scale, and records\n" +
    "there what came out. Each fault has a private stack; some take minutes, and the seeded ones an hour.",
  flags: {
    only: { value: "NAME", description: "run this one" },
    list: { description: "name them and run none" },
    seed: { value: "N", description: "what chance begins with; default: another one each time" },
    count: {
      value: "N",
      description:
        "of a fault that is made of runs with a seed each: so many from --seed on; default: with --seed " +
        "that one, else all. Fewer than all are not recorded",
    },
  },
  examples: [
    "deno task test:faults --list",
    "deno task test:faults --only brokers_in_turn --seed 7",
    "deno task test:faults --only group_of_four --seed 17",
  ],
};

const ROOT = new URL("../../", import.meta.url).pathname;
const DOCUMENT = `${ROOT}docs/guarantees.md`;
const SAY_EACH_MS = 30_000;
/** For what a fault has started to stop in order, when it is interrupted. */
const STOP_MS = 12_000;

await runCommand(COMMAND, async (args): Promise<ExitCode> => {
  const names = await faultNames();
  if (args.has("list")) {
    console.log(names.join("\n"));
    return EXIT.done;
  }
  const only = args.text("only");
  if (only !== undefined && !names.includes(only)) {
    throw new UsageError(`there is no fault ${shown(only)}; there are ${names.join(", ")}`);
  }
  const given = args.integer("seed", { max: 2 ** 31 - 1 });
  const count = args.integer("count", { min: 1, max: 1_000_000 });
  if (count !== undefined && (only === undefined || (await faultModule(only)).runs === undefined)) {
    throw new UsageError("--count is for one fault that is made of runs: name it with --only");
  }
  const seed = given ?? crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000;
  const terminal = openTerminal(Deno.env.toObject());
  const stopping = new AbortController();
  let stopCode: ExitCode | undefined;
  const stopWatching = watchSignals({
    onStop: (signal) => {
      stopCode = signal === "SIGINT" ? EXIT.forcedInterrupt : EXIT.forcedTermination;
      stopping.abort(new Error(`stopped by ${signal}`));
    },
  });
  const commit = await commitNow();
  const chosen = only === undefined ? names : [only];
  let failed = 0;
  for (const name of chosen) {
    if (stopping.signal.aborted) break;
    terminal.line(`${name}: beginning (seed ${seed})`);
    const { runs } = await faultModule(name);
    const isOneSeed = only !== undefined && given !== undefined;
    const ofThem = runs && (count ?? (isOneSeed ? 1 : runs));
    const record = await runFault(name, {
      seed,
      count: ofThem,
      commit,
      signal: stopping.signal,
      say: (line) => terminal.line(line),
    });
    if (stopping.signal.aborted) break; // neither passed nor failed
    if (runs === undefined || ofThem! >= runs) await writeRecord(record);
    else terminal.line(`${name}: not recorded, since ${ofThem} of ${runs} runs are not all that is promised`);
    if (!record.passed) failed++;
    console.log(
      `${record.passed ? "passed" : "FAILED"} ${name} (${record.seconds.toFixed(0)} s): ${record.result}`,
    );
  }
  stopWatching();
  if (stopCode !== undefined) return stopCode;
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return failed > 0 ? EXIT.failed : EXIT.done;
});

interface RunOptions {
  readonly seed: number;
  /** How many runs, of a fault that is made of them. */
  readonly count: number | undefined;
  readonly commit: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Runs a fault on a stack of its own. Never rejects: where the stack does not start, that is the result. */
async function runFault(
  name: string,
  { seed, count, commit, signal, say }: RunOptions,
): Promise<FaultRecord> {
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
    const { brokers = 1 } = await faultModule(name);
    const described = brokers === 0 ? null : await describedStack({ dataDir, brokers, signal });
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        new URL("run_one.ts", import.meta.url).pathname,
        name,
        `${seed}`,
        ...count === undefined ? [] : [`${count}`],
      ],
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

/** A stack of the fault's own, as its process is told of it. */
async function describedStack(options: { dataDir: string; brokers: number; signal: AbortSignal }) {
  const stack = await startStack({ ...options, ports: "free", progress: () => {} });
  return { brokers: stack.kafkaBrokers, registryUrl: stack.schemaRegistryUrl, dataDir: stack.dataDir };
}

async function writeRecord(record: FaultRecord): Promise<void> {
  await Deno.writeTextFile(DOCUMENT, withRecord(await Deno.readTextFile(DOCUMENT), record));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", DOCUMENT], cwd: ROOT }).output();
}

/** What is tested: the commit, and whether the tree differs from it by more than the results of these runs. */
async function commitNow(): Promise<string> {
  const git = async (...args: string[]) => {
    const { stdout } = await new Deno.Command("git", { args, cwd: ROOT }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  const commit = await git("rev-parse", "--short", "HEAD");
  const changed = await git("status", "--porcelain", "--", ".", ":!docs/guarantees.md");
  return changed === "" ? commit : `${commit}+`;
}
