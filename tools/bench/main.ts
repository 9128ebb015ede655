import { join } from "node:path";
import { cpus, totalmem } from "node:os";
import { systemClock, systemRandom } from "@orderline/lib/core/clock";
import { type CommandArguments, settingFlags, UsageError } from "@orderline/lib/ops/arguments";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT, type ExitCode } from "@orderline/lib/ops/exit_codes";
import { configureLogging } from "@orderline/lib/ops/log";
import { readSettingsSources } from "@orderline/lib/ops/settings_sources";
import { loadAppSettings, SETTINGS } from "@orderline/schemas/settings";
import { watchSignals } from "@orderline/lib/ops/signals";
import { openTerminal, type Terminal, terminalLook } from "@orderline/lib/ops/terminal";
import { StackError } from "../stack/stack_error.ts";
import { bench, type ReadyPeer } from "./bench.ts";
import { openStack } from "./bench_stack.ts";
import { BenchTopics } from "./bench_topics.ts";
import type { Workload } from "./job.ts";
import { writeOrders } from "./orders_file.ts";
import { namesFor, PEERS } from "./peers.ts";
import { report } from "./report.ts";
import { type BenchResult, OURS, summarize } from "./results.ts";
import { WORKLOADS } from "./workloads.ts";

const { brokers, registry } = settingFlags(SETTINGS, "tools");
const COMMAND = {
  name: "deno task bench",
  summary:
    "Measures ours beside what people would pick instead: the same orders, the same work, a process for every run,\n" +
    "rounds that alternate, medians. It uses the Kafka that the settings name (the local stack when it runs), or\n" +
    "starts a private one and stops it. Everything it writes is in topics of its own, which it deletes.",
  positionals: [{
    name: "produce|consume|latency",
    description: "what to measure",
    required: true,
  }],
  flags: {
    rounds: { value: "N", description: "how often everybody runs (default 5)" },
    records: {
      value: "N",
      description: "how many orders; default: enough for a second or more of everybody's time",
    },
    only: { value: "NAMES", description: "only these peers, such as ours,kafkajs" },
    "handler-ms": {
      value: "MS",
      description: "consume: a handler that takes so long, 256 of them under way",
    },
    store: { value: "sqlite", description: "consume: into the order store" },
    json: { description: "the result as one JSON object on stdout" },
    brokers: brokers!,
    registry: registry!,
  },
  examples: [
    "deno task bench produce",
    "deno task bench consume --rounds 3 --only ours,kafkajs",
    "deno task bench consume --handler-ms 10",
    "deno task bench latency --json",
  ],
};
type Args = CommandArguments<keyof typeof COMMAND.flags>;
const PURCHASES = join(import.meta.dirname!, "..", "demo", "purchases.ndjson");

await runCommand(COMMAND, async (args): Promise<ExitCode> => {
  const workload = workloadOf(args);
  const rounds = args.integer("rounds", { min: 1, max: 1_000 }) ?? 5;
  const records = args.integer("records", { min: 100, max: 10_000_000 }) ?? WORKLOADS[workload].records;
  const names = namesOf(args, workload);
  const { brokers, registry } = args.given;
  const flags = { ...(brokers !== undefined && { brokers }), ...(registry !== undefined && { registry }) };
  const settings = loadAppSettings(await readSettingsSources({ flags }));
  const environment = Deno.env.toObject();
  const terminal = openTerminal(environment);
  configureLogging({ level: "warning", format: "text", write: (line) => terminal.line(line) });

  let stopCode: ExitCode | undefined;
  const stopping = new AbortController();
  const stopWatching = watchSignals({
    onStop: (signal) => {
      stopCode = signal === "SIGINT" ? EXIT.forcedInterrupt : EXIT.forcedTermination;
      terminal.line(`${signal}: stopping what was started`);
      stopping.abort(new Error(`stopped by ${signal}`));
    },
  });
  const { signal } = stopping;
  const progress = (line: string) => terminal.line(line);
  try {
    const { ready, missing } = await findPeers(names, workload, terminal);
    await using cleanup = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "orderline-bench-" });
    cleanup.defer(() => Deno.remove(folder, { recursive: true }));
    const stack = await openStack(settings, { progress, signal });
    cleanup.defer(() => stack.close());
    const { kafkaBrokers, schemaRegistryUrl } = stack;
    const here = { ...settings.values, kafkaBrokers, schemaRegistryUrl };
    const name = `bench-${systemClock.now().toString(36)}`;
    const topics = await BenchTopics.open(here, name, { timeoutMs: here.startupTimeoutMs, signal });
    cleanup.defer(() =>
      topics.close().catch((error) => terminal.line(`not everything was cleaned up: ${error.message}`))
    );
    const ordersFile = join(folder, "orders.ndjson");
    const purchases = await Deno.readTextFile(PURCHASES);
    await writeOrders(ordersFile, {
      purchases,
      count: records,
      random: systemRandom,
      users: WORKLOADS[workload].users,
    });

    const bar = terminal.look.animated
      ? terminal.progress({ label: "bench", total: rounds * ready.length })
      : undefined;
    let done = 0;
    const filler = await PEERS.find(({ name }) => name === OURS)!.find(progress);
    if (typeof filler === "string") throw new Error(filler);
    const plan = {
      workload,
      peers: ready,
      rounds,
      records,
      warmUpRecords: Math.min(records, WORKLOADS[workload].warmUpRecords),
      handlerMs: args.number("handler-ms") ?? 0,
    };
    const runs = await bench(plan, {
      topics,
      brokers: kafkaBrokers,
      schemaRegistryUrl,
      filler,
      folder,
      ordersFile,
      signal,
      onRun({ round, peer, measured }) {
        const perSecond = Math.round(measured.records / measured.ms * 1_000).toLocaleString("en-US");
        terminal.line(
          `round ${round} of ${rounds}  ${peer.part.label.padEnd(30)} ${perSecond.padStart(9)}/s`,
        );
        bar?.update(++done);
      },
    }).finally(() => bar?.finish(""));
    const result = summarize(workload, runs, { rounds, missing });
    console.log(args.has("json") ? JSON.stringify(result) : screen(result, environment));
    return EXIT.done;
  } catch (error) {
    if (stopCode !== undefined) return stopCode;
    if (error instanceof StackError) throw new CommandError(error.exitCode, error.message, { cause: error });
    throw error;
  } finally {
    stopWatching();
  }
});

function workloadOf(args: Args): Workload {
  const [what] = args.positionals;
  if (what !== "produce" && what !== "consume" && what !== "latency") {
    throw new UsageError(`there is no bench ${what}: it is produce, consume or latency`);
  }
  const handler = args.number("handler-ms", { min: 1, max: 60_000 });
  const store = args.text("store");
  if (store !== undefined && store !== "sqlite") throw new UsageError("--store takes sqlite");
  if (handler === undefined && store === undefined) return what;
  if (what !== "consume") throw new UsageError("--handler-ms and --store go with consume");
  if (handler !== undefined && store !== undefined) {
    throw new UsageError("--handler-ms and --store are two measurements: give one of them");
  }
  return handler === undefined ? "store" : "handler";
}

function namesOf(args: Args, workload: Workload): readonly string[] {
  const known = namesFor(workload);
  const wanted = args.text("only")?.split(",").map((name) => name.trim()) ?? known;
  const stranger = wanted.find((name) => !known.includes(name));
  if (stranger === undefined) return [...new Set(wanted)];
  throw new UsageError(`--only takes some of ${known.join(",")} here, not ${JSON.stringify(stranger)}`);
}

/** Who can run here; of the others it is said how to install them. */
async function findPeers(
  names: readonly string[],
  workload: Workload,
  terminal: Terminal,
): Promise<{ ready: ReadyPeer[]; missing: string[] }> {
  const ready: ReadyPeer[] = [];
  const missing: string[] = [];
  for (const { name, parts, find } of PEERS.filter(({ name }) => names.includes(name))) {
    const command = await find((line) => terminal.line(line));
    if (typeof command === "string") {
      missing.push(name);
      terminal.line(`left out: ${name}: ${command}`);
    } else ready.push({ name, part: parts[workload]!, command });
  }
  if (ready.length > 0) return { ready, missing };
  throw new CommandError(EXIT.failed, "nobody is left to be measured: install one of them, see above");
}

function screen(result: BenchResult, environment: Record<string, string>): string {
  const { workload } = result;
  const labels = Object.fromEntries(PEERS.map(({ name, parts }) => [name, parts[workload]?.label ?? name]));
  const look = terminalLook(Deno.stdout.isTerminal(), environment);
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model.trim() ?? "an unknown processor"}, ` +
    `${Math.round(totalmem() / 2 ** 30)} GiB, ${Deno.build.os}, Deno ${Deno.version.deno}`;
  return `${report(result, { title: WORKLOADS[workload].title, labels, look })}\n\n${machine}`;
}
