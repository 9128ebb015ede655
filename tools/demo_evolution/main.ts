import { join, relative } from "node:path";
import { systemClock } from "@orderline/lib/core/clock";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT, type ExitCode } from "@orderline/lib/ops/exit_codes";
import { watchSignals } from "@orderline/lib/ops/signals";
import { createStyle, openTerminal, terminalLook } from "@orderline/lib/ops/terminal";
import { REPOSITORY, runNames } from "../demo/demo_run.ts";
import { Steps } from "../demo/steps.ts";
import { startStack, stopStack } from "../stack/stack.ts";
import { StackError } from "../stack/stack_error.ts";
import { checks, type EvolutionFindings } from "./findings.ts";
import { report } from "./report.ts";
import { tell } from "./story.ts";

const COMMAND = {
  name: "deno task demo:evolution",
  summary:
    "Shows how a schema changes without anybody stopping: two versions of producer and consumer side by side, five\n" +
    "edits that are refused (one of which the registry accepts), starts while the registry is down, the roll-back.\n" +
    "It starts a Kafka and a registry of its own, by Java, and takes about a minute.",
  flags: { keep: { description: "leave that Kafka and registry running, to look at them afterwards" } },
  examples: ["deno task demo:evolution", "deno task demo:evolution --keep"],
};

await runCommand(COMMAND, async (args): Promise<ExitCode> => {
  const began = systemClock.monotonic();
  const environment = Deno.env.toObject();
  const terminal = openTerminal(environment);
  const steps = new Steps(terminal);
  const names = runNames(systemClock.now(), "demo-evolution");
  const stackDir = join(names.folder, "stack");
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
      const progress = (line: string) => steps.note(line, at);
      const found = await startStack({ dataDir: stackDir, ports: "free", progress, signal });
      const registry = new URL(found.schemaRegistryUrl).host;
      return [`Kafka ${found.kafkaBrokers.join(",")}, registry ${registry}`, found];
    });
    const told = await tell({ ...names, stack, stackDir, terminal, signal }, steps);
    const seconds = (systemClock.monotonic() - began) / 1_000;
    const result: EvolutionFindings = { ...told, name: names.name, seconds, next: nextSteps(names.folder) };
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
    const where = relative(Deno.cwd(), stackDir);
    if (args.has("keep")) terminal.line(`Left running: deno task stack status --data ${where}`);
    else {
      // Its data are worth nothing without the run; logs and stores of the programs stay.
      await stopStack(stackDir, { wipe: true }).catch((error) =>
        terminal.line(`The stack in ${where} does not stop: ${error}`)
      );
    }
    stopWatching();
  }
});

function nextSteps(folder: string): [string, string][] {
  return [
    ["docs/schemas/evolving.md", "the same by hand, step by step"],
    [relative(REPOSITORY, folder), "this run: version 2, stores, logs"],
  ];
}
