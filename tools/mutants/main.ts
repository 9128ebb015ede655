/**
 * `deno task test:mutants`: shows that the tests can fail. Bugs are planted in a copy of the tree, one at a time, and of
 * each it is known which test must find it.
 */
import { systemClock } from "@orderline/lib/core/clock";
import { shown } from "@orderline/lib/core/shown";
import { UsageError } from "@orderline/lib/ops/arguments";
import { runCommand } from "@orderline/lib/ops/command";
import { EXIT, type ExitCode } from "@orderline/lib/ops/exit_codes";
import { watchSignals } from "@orderline/lib/ops/signals";
import { openTerminal } from "@orderline/lib/ops/terminal";
import { testedCommit, updateGuarantees } from "../docs/guarantees_page.ts";
import { runCampaign } from "./campaign.ts";
import { allMutants } from "./mutant.ts";
import { type Result, summaryOf, withCampaign } from "./results.ts";

const COMMAND = {
  name: "deno task test:mutants",
  summary:
    "Plants known bugs in a copy of the tree, one at a time, and runs the one test that must find each. Red is\n" +
    "a bug that is not found, has lost its place in the code, or whose test is gone, fails without it, or fails\n" +
    "for another reason. A run of all is recorded in docs/guarantees.md. The bugs are in tests/mutants/.",
  flags: {
    only: { value: "NAME", description: "plant this one, and record nothing" },
    list: { description: "name them and plant none" },
  },
  examples: ["deno task test:mutants --list", "deno task test:mutants --only commit_of_the_last"],
};

await runCommand(COMMAND, async (args): Promise<ExitCode> => {
  const all = await allMutants();
  if (args.has("list")) {
    for (const { name, bug } of all) console.log(`${name}: ${bug}`);
    return EXIT.done;
  }
  const only = args.text("only");
  const chosen = only === undefined ? all : all.filter(({ name }) => name === only);
  if (chosen.length === 0) {
    throw new UsageError(`there is no planted bug ${shown(only)}; deno task test:mutants --list names all`);
  }
  const terminal = openTerminal(Deno.env.toObject());
  const stopping = new AbortController();
  let stopCode: ExitCode | undefined;
  const stopWatching = watchSignals({
    onStop: (signal) => {
      stopCode = signal === "SIGINT" ? EXIT.forcedInterrupt : EXIT.forcedTermination;
      stopping.abort(new Error(`stopped by ${signal}`));
    },
  });
  const [commit, startedAt] = [await testedCommit(), systemClock.monotonic()];
  const progress = terminal.progress({ label: "planted bugs", total: chosen.length });
  const results: Result[] = [];
  try {
    for await (
      const result of runCampaign(chosen, { signal: stopping.signal, say: (line) => terminal.line(line) })
    ) {
      results.push(result);
      progress.update(results.length, { note: result.mutant.name });
      terminal.line(lineOf(result));
    }
  } catch (error) {
    if (stopCode === undefined) throw error;
    return stopCode;
  } finally {
    progress.finish(summaryOf(results));
    stopWatching();
  }
  const date = new Date(systemClock.now()).toISOString().slice(0, 10);
  const seconds = (systemClock.monotonic() - startedAt) / 1_000;
  if (only === undefined) {
    await updateGuarantees((page) => withCampaign(page, { results, date, commit, seconds }));
  }
  const red = results.filter(({ finding }) => finding !== "found");
  console.log(`${results.length - red.length} passed, ${red.length} failed`);
  return red.length > 0 ? EXIT.failed : EXIT.done;
});

/** A bug that was found is a name; one that was not is a task, and says which. */
function lineOf({ mutant, finding, why, seconds }: Result): string {
  const { name, bug, file, foundBy } = mutant;
  if (finding === "found") return `found ${name} (${seconds.toFixed(1)} s): ${why}`;
  return `${finding.replaceAll("-", " ").toUpperCase()} ${name} in ${file}: ${bug}\n  must be found by ${
    shown(foundBy.test)
  } in ${foundBy.file}\n  ${why}`;
}
