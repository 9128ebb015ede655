/**
 * `deno task test:soak`: both apps for half an hour on a private stack, with a fault every minute. The result goes into
 * docs/guarantees.md, also where it failed.
 */
import { runCommand } from "@orderline/lib/ops/command";
import { EXIT, type ExitCode } from "@orderline/lib/ops/exit_codes";
import { watchSignals } from "@orderline/lib/ops/signals";
import { openTerminal } from "@orderline/lib/ops/terminal";
import { testedCommit } from "../docs/guarantees_page.ts";
import { recordedRun, toldResult, writeRecord } from "../faults/recorded_run.ts";

const COMMAND = {
  name: "deno task test:soak",
  summary:
    "Runs both apps on three brokers and a PostgreSQL of their own, and every minute something is killed, stopped,\n" +
    "frozen, taken away or cut. At the end nothing may be lost, and memory, handles and timers must be as at the\n" +
    "beginning. Records in docs/guarantees.md what came out.",
  flags: {
    minutes: { value: "N", description: "how long (default 30); memory is judged from 15 on" },
    seed: { value: "N", description: "what chance begins with; default: another one each time" },
  },
  examples: ["deno task test:soak", "deno task test:soak --minutes 5 --seed 7"],
};
const MINUTES = 30;

await runCommand(COMMAND, async (args): Promise<ExitCode> => {
  const minutes = args.integer("minutes", { min: 1, max: 10_000 }) ?? MINUTES;
  const seed = args.integer("seed", { max: 2 ** 31 - 1 }) ?? crypto.getRandomValues(new Uint16Array(1))[0]!;
  const terminal = openTerminal(Deno.env.toObject());
  const stopping = new AbortController();
  let stopCode: ExitCode | undefined;
  const stopWatching = watchSignals({
    onStop: (signal) => {
      stopCode = signal === "SIGINT" ? EXIT.forcedInterrupt : EXIT.forcedTermination;
      stopping.abort(new Error(`stopped by ${signal}`));
    },
  });
  terminal.line(`soak: starting its stack (seed ${seed})`);
  const record = await recordedRun({
    name: "soak",
    module: new URL("../../tests/soak/soak.ts", import.meta.url),
    brokers: 3,
    seed,
    args: [minutes, seed],
    commit: await testedCommit(),
    signal: stopping.signal,
    say: () => {}, // a line for every fault is enough
  });
  stopWatching();
  if (stopCode !== undefined) return stopCode; // neither passed nor failed
  await writeRecord(record);
  console.log(toldResult(record));
  return record.passed ? EXIT.done : EXIT.failed;
});
