import { relative } from "node:path";
import { systemClock } from "../../lib/core/clock.ts";
import { CommandError, runCommand } from "../../lib/ops/command.ts";
import { EXIT, type ExitCode } from "../../lib/ops/exit_codes.ts";
import { readSettingsSources } from "../../lib/ops/settings_sources.ts";
import { watchSignals } from "../../lib/ops/signals.ts";
import { createStyle, openTerminal, terminalLook } from "../../lib/ops/terminal.ts";
import { StackError } from "../stack/stack_error.ts";
import { demo } from "./demo.ts";
import { type DemoRun, REPOSITORY, type RunNames, runNames } from "./demo_run.ts";
import { type DemoStack, leaveStack, useStack } from "./demo_stack.ts";
import { checks, type Findings } from "./findings.ts";
import { whyNotHere } from "./local_only.ts";
import { report } from "./report.ts";
import { Steps } from "./steps.ts";
import { connect } from "./topics.ts";

const COMMAND = {
  name: "deno task demo",
  summary:
    "Shows the main job on a real local Kafka and registry: 6,919 purchases and some 20 bad inputs go through\n" +
    "producer and consumer, the order store is away for 10 seconds, and at the end every record is accounted for.\n" +
    "It starts the local stack unless it runs, has topics and a store of its own, and takes about half a minute.",
  flags: {
    keep: { description: "leave the stack running and the topics in place, to look at them afterwards" },
  },
  examples: ["deno task demo", "deno task demo --keep"],
};

await runCommand(COMMAND, async (args): Promise<ExitCode> => {
  const { environment = {}, dotenv = {} } = await readSettingsSources({ stackPath: null });
  const refusal = whyNotHere(environment, dotenv);
  if (refusal !== undefined) throw new CommandError(EXIT.refused, refusal);

  const began = systemClock.monotonic();
  const terminal = openTerminal(environment);
  const steps = new Steps(terminal);
  const names = runNames(systemClock.now());
  const keep = args.has("keep");
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

  let stack: DemoStack | undefined;
  try {
    await Deno.mkdir(names.folder, { recursive: true });
    stack = await steps.run("stack", async () => {
      const at = systemClock.monotonic();
      const found = await useStack({ progress: (line) => steps.note(line, at), signal });
      const where = `Kafka ${found.kafkaBrokers.join(",")}, registry ${
        new URL(found.schemaRegistryUrl).host
      }`;
      return [found.started ? where : `ran: ${where}`, found];
    });
    const found = await demo({ ...names, stack, terminal, signal }, steps);
    await cleanUp({ ...names, stack, terminal, signal }, { steps, keep });
    const seconds = (systemClock.monotonic() - began) / 1_000;
    const result: Findings = { ...found, name: names.name, seconds, next: nextSteps(names, keep) };
    const look = terminalLook(Deno.stdout.isTerminal(), environment);
    console.log(
      `\n${report(result, { ...look, style: createStyle(look.colour), columns: terminal.columns() })}`,
    );
    return Object.values(checks(result)).every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (stack !== undefined) {
      const run = { ...names, stack, terminal, signal };
      await cleanUp(run, { steps, keep }).catch((trouble) =>
        terminal.line(`not cleaned up: ${trouble.message}`)
      );
    }
    if (stopCode !== undefined) return stopCode;
    terminal.line(`The logs of this run are in ${relative(Deno.cwd(), names.folder)}`);
    if (error instanceof StackError) throw new CommandError(error.exitCode, error.message, { cause: error });
    throw error;
  } finally {
    stopWatching();
  }
});

/** Removes the run's topics, and stops the stack if it did not run before; with `--keep`, neither. */
async function cleanUp(
  run: DemoRun & { stack: DemoStack },
  { steps, keep }: { steps: Steps; keep: boolean },
) {
  if (keep) return;
  await steps.run("cleanup", async () => {
    const admin = await connect(run.stack);
    try {
      const there = await admin.topics([run.topic, run.deadLetterTopic]);
      for (const topic of there.keys()) await admin.deleteTopic(topic);
    } finally {
      await admin.close();
      if (run.stack.started) await leaveStack();
    }
    return [`topics removed, ${run.stack.started ? "stack stopped" : "stack left running"}`, undefined];
  });
}

function nextSteps({ deadLetterTopic, folder }: RunNames, keep: boolean): [string, string][] {
  return [
    keep
      ? [`ORDERS_DLQ_TOPIC=${deadLetterTopic} deno task dlq list`, ""]
      : ["deno task demo --keep", "leaves the dead letters for: deno task dlq list"],
    keep
      ? ["deno task stack down", "stops the stack"]
      : ["deno task stack up", "Kafka and registry to work with"],
    ["README.md", `how it works (this run: ${relative(REPOSITORY, folder)})`],
  ];
}
