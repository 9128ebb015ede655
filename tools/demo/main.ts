import { relative } from "node:path";
import { systemClock } from "@orderline/lib/core/clock";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT, type ExitCode } from "@orderline/lib/ops/exit_codes";
import { readSettingsSources } from "@orderline/lib/ops/settings_sources";
import { watchSignals } from "@orderline/lib/ops/signals";
import { createStyle, openTerminal, type Terminal, terminalLook } from "@orderline/lib/ops/terminal";
import { StackError } from "../stack/stack_error.ts";
import { demo } from "./demo.ts";
import { REPOSITORY, type RunNames, runNames } from "./demo_run.ts";
import { type DemoStack, leaveStack, useStack } from "./demo_stack.ts";
import { checks, type Findings } from "./findings.ts";
import { whyNotHere } from "./local_only.ts";
import { report } from "./report.ts";
import { Steps } from "./steps.ts";
import { removeTraces } from "./topics.ts";

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

  try {
    await Deno.mkdir(names.folder, { recursive: true });
    const stack = await steps.run("stack", async () => {
      const at = systemClock.monotonic();
      const found = await useStack({ progress: (line) => steps.note(line, at), signal });
      const registry = new URL(found.schemaRegistryUrl).host;
      const where = `Kafka ${found.kafkaBrokers.join(",")}, registry ${registry}`;
      return [found.started ? where : `running: ${where}`, found];
    });
    const found = await demo({ ...names, stack, terminal, signal }, steps)
      .finally(() => keep ? undefined : cleanUp(names, { stack, steps, terminal }));
    const seconds = (systemClock.monotonic() - began) / 1_000;
    const result: Findings = { ...found, name: names.name, seconds, next: nextSteps(names, keep) };
    const look = terminalLook(Deno.stdout.isTerminal(), environment);
    const style = createStyle(look.colour);
    console.log(`\n${report(result, { ...look, style, columns: terminal.columns() })}`);
    return Object.values(checks(result)).every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (stopCode !== undefined) return stopCode;
    terminal.line(`The logs of this run are in ${relative(Deno.cwd(), names.folder)}`);
    if (error instanceof StackError) throw new CommandError(error.exitCode, error.message, { cause: error });
    throw error;
  } finally {
    stopWatching();
  }
});

/** Removes the run's topics, and stops the stack if it did not run before. Never rejects. */
async function cleanUp(
  names: RunNames,
  { stack, steps, terminal }: {
    readonly stack: DemoStack;
    readonly steps: Steps;
    readonly terminal: Terminal;
  },
): Promise<void> {
  try {
    await steps.run("cleanup", async () => {
      try {
        await removeTraces(stack, names);
      } finally {
        if (stack.started) await leaveStack();
      }
      return [`topics removed, ${stack.started ? "stack stopped" : "stack left running"}`, undefined];
    });
  } catch (error) {
    terminal.line(`Not everything was cleaned up: ${error instanceof Error ? error.message : error}`);
  }
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
