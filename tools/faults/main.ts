/**
 * `deno task test:faults`: what `deno task test` does in small, with all that is promised. Each fault gets a private
 * stack and a process of its own, and its result goes into docs/guarantees.md, also where it failed.
 */
import { shown } from "@orderline/lib/core/shown";
import { UsageError } from "@orderline/lib/ops/arguments";
import { runCommand } from "@orderline/lib/ops/command";
import { EXIT, type ExitCode } from "@orderline/lib/ops/exit_codes";
import { watchSignals } from "@orderline/lib/ops/signals";
import { openTerminal } from "@orderline/lib/ops/terminal";
import { testedCommit } from "../docs/guarantees_page.ts";
import { faultModule, faultNames, faultUrl } from "./fault_modules.ts";
import { recordedRun, toldResult, writeRecord } from "./recorded_run.ts";

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
  const commit = await testedCommit();
  const chosen = only === undefined ? names : [only];
  let failed = 0;
  for (const name of chosen) {
    if (stopping.signal.aborted) break;
    terminal.line(`${name}: beginning (seed ${seed})`);
    const { brokers = 1, runs } = await faultModule(name);
    const isOneSeed = only !== undefined && given !== undefined;
    const ofThem = runs && (count ?? (isOneSeed ? 1 : runs));
    const record = await recordedRun({
      name,
      module: faultUrl(name),
      brokers,
      seed,
      args: ["full", seed, ...ofThem === undefined ? [] : [ofThem]],
      commit,
      signal: stopping.signal,
      say: (line) => terminal.line(line),
    });
    if (stopping.signal.aborted) break; // neither passed nor failed
    if (runs === undefined || ofThem! >= runs) await writeRecord(record);
    else terminal.line(`${name}: not recorded, since ${ofThem} of ${runs} runs are not all that is promised`);
    if (!record.passed) failed++;
    console.log(toldResult(record));
  }
  stopWatching();
  if (stopCode !== undefined) return stopCode;
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return failed > 0 ? EXIT.failed : EXIT.done;
});
