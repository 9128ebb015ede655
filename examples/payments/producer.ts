import {
  type App,
  CommandError,
  describeProblems,
  EXIT,
  getLogger,
  openEventProducer,
  runApp,
} from "@orderline/lib";
import { open } from "node:fs/promises";
import process from "node:process";
import { createInterface } from "node:readline";
import { PAYMENT } from "./payment.ts";
import { samplePayments } from "./sample_payments.ts";
import { SETTINGS, SETUP } from "./settings.ts";

const log = getLogger("producer");

await runApp({
  name: "deno run -A examples/payments/producer.ts",
  summary: "Sends payments, one JSON object a line; without a file it makes some up.",
  positionals: [{ name: "FILE", description: "the payments; - reads standard input" }],
  flags: { generate: { value: "N", description: "without FILE: how many to make up (default 100)" } },
  settings: SETTINGS,
  usedBy: "producer",
  setup: SETUP,
}, async (app) => {
  const tally = { sent: 0, acknowledged: 0, rejected: 0 };
  await using payments = await openEventProducer(app, PAYMENT);
  for await (const line of linesOf(app)) {
    await payments.room();
    if (app.stopping.aborted) break;
    const parsed = PAYMENT.parse(line);
    if (!parsed.ok) {
      tally.rejected++;
      log.warn(`Not sent: ${describeProblems(parsed.problems)}`);
      continue;
    }
    tally.sent++;
    payments.send(parsed.value).then(
      () => tally.acknowledged++,
      (error) => log.error(`${parsed.value.payment_id} was not acknowledged: ${error.message}`),
    );
  }
  await payments.close();
  log.info(`${tally.acknowledged} of ${tally.sent} payments acknowledged, ${tally.rejected} rejected`);
  if (tally.acknowledged < tally.sent) return EXIT.failed;
  return tally.rejected > 0 ? EXIT.someRejected : EXIT.done;
});

async function* linesOf({ args, stopping }: Pick<App, "args" | "stopping">): AsyncGenerator<unknown> {
  const [file] = args.positionals;
  if (file === undefined) return yield* samplePayments(args.integer("generate") ?? 100);
  const input = file === "-" ? process.stdin : (await open(file).catch(cannotRead)).createReadStream();
  for await (const line of createInterface({ input, signal: stopping })) yield json(line);
}

function cannotRead(error: Error): never {
  throw new CommandError(EXIT.usage, `FILE cannot be read: ${error.message}`);
}

/** What the line says; a line that is no JSON stays text, which is no payment either. */
function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
