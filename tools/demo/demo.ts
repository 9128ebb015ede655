import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { type App, type AppOptions, endedBadly, startApp, untilDone } from "./app.ts";
import { BAD_LINES, FAIL_ITEM } from "./bad_inputs.ts";
import { ConsumerWatch } from "./consumer_watch.ts";
import { count, type Found } from "./count.ts";
import type { DemoRun } from "./demo_run.ts";
import { showFlow } from "./flow.ts";
import { prepareInput } from "./input_files.ts";
import { storeOutage } from "./outage.ts";
import { type Steps, until } from "./steps.ts";
import { countStored } from "./store_reader.ts";
import { connect, countRecords, schemaIdOf } from "./topics.ts";
import {
  DeliveredCount,
  expectedDeadLetters,
  sendBadInputs,
  sendPurchases,
  type Traffic,
} from "./traffic.ts";

const OUTAGE_MS = 10_000;
const STEP_TIMEOUT_MS = 30_000;

/** How the demo's consumer differs from the defaults: quick enough for people to watch. */
const CONSUMER_SETTINGS = {
  CONSUMER_OPS_PORT: "0",
  ORDER_STORE_URL: "sqlite:./orders.db",
  FAIL_ITEM,
  RETRY_BACKOFF_MS: "200",
  BREAKER_RESET_MS: "2500",
};

/**
 * The main job on the run's stack: setup, consumer, producers, bad inputs, an outage of the store, and the count of
 * what became of it all. The applications are processes of their own; whatever happens, they have ended when this has.
 */
export async function demo(given: DemoRun, steps: Steps): Promise<Found> {
  const failed = new AbortController();
  const run = { ...given, signal: AbortSignal.any([given.signal, failed.signal]) };
  const apps: App[] = [];
  const start = async (options: AppOptions) => {
    run.signal.throwIfAborted();
    const app = await startApp(run, options);
    apps.push(app);
    return app;
  };
  const fail = (error: Error) => failed.abort(error);
  const admin = await connect(run.stack);
  try {
    return await runAll({ run, steps, admin, start }, fail);
  } finally {
    await Promise.all(apps.map((app) => app.stop()));
    await admin.close();
  }
}

async function runAll(traffic: Traffic, fail: (error: Error) => void): Promise<Found> {
  const { run, steps, admin } = traffic;
  const { signal, storeFile } = run;
  const patience = { timeoutMs: STEP_TIMEOUT_MS, signal };
  const countDeadLetters = () => countRecords(admin, run.deadLetterTopic);
  const input = await prepareInput(run);
  const delivered = new DeliveredCount();

  const { schemaId, partitions } = await steps.run("setup", () => setup(traffic));
  const watch = new ConsumerWatch();
  const consumer = await steps.run("consumer", async () => {
    const app = await startConsumer(traffic, watch, fail);
    await until("the consumer joins its group", () => watch.joined, patience);
    return [`in group ${run.group}`, app];
  });

  const flow = showFlow(traffic, input);
  try {
    const purchases = await sendPurchases(traffic, delivered);
    const raw = await steps.run("bad inputs", async () => {
      const sent = await sendBadInputs(traffic, { input, delivered, schemaId, partitions });
      const expected = expectedDeadLetters(input, sent).length;
      await until(
        "all bad inputs are dead letters",
        async () => await countDeadLetters() >= expected,
        patience,
      );
      return [`${BAD_LINES.length} lines rejected, ${expected} records dead-lettered`, sent];
    });
    const outage = await steps.run("outage", async () => {
      const countWaiting = async () => await countRecords(admin, run.topic) - countStored(storeFile);
      const result = await storeOutage({
        storeFile,
        forMs: OUTAGE_MS,
        watch,
        countDeadLetters,
        countWaiting,
        steps,
        signal,
      });
      return [`over: the breaker opened ${result.openings} times and closed again`, result];
    });
    await steps.run("the rest", async () => {
      await untilDone(purchases, { name: "producer", ok: [EXIT.done], signal });
      const behind = async () =>
        (await admin.lag(run.group, run.topic)).reduce((sum, { lag }) => sum + lag, 0);
      await until("the consumer is through", async () => await behind() === 0, patience);
      flow.finish();
      return [
        `${delivered.total.toLocaleString("en-US")} orders acknowledged, the group's lag is 0`,
        undefined,
      ];
    });
    return await steps.run("counting", async () => {
      const metrics = await watch.metrics(signal);
      watch.stopping = true;
      const code = await consumer.stop();
      if (code !== EXIT.done) throw endedBadly(consumer, "consumer", code);
      const found = await count({ run, admin, input, raw, outage, metrics, delivered: delivered.total });
      return ["consumer stopped (exit code 0); topics and store read", found];
    });
  } finally {
    flow.finish();
  }
}

async function setup({ run, admin, start }: Traffic): Promise<
  readonly [string, { readonly schemaId: number; readonly partitions: number }]
> {
  const { signal } = run;
  await untilDone(await start({ path: "tools/setup", name: "setup" }), {
    name: "setup",
    ok: [EXIT.done],
    signal,
  });
  const partitions = (await admin.topics([run.topic])).get(run.topic)?.partitions;
  if (partitions === undefined) throw new CommandError(EXIT.failed, `setup did not create ${run.topic}`);
  const schemaId = await schemaIdOf(run);
  return [`topics ${run.topic}, …-dlq; schema id ${schemaId}`, { schemaId, partitions }];
}

/** Starts the consumer; when it ends before it is told to, the demo is over. */
async function startConsumer(
  { run, start }: Traffic,
  watch: ConsumerWatch,
  fail: (error: Error) => void,
): Promise<App> {
  const consumer = await start({
    path: "consumer",
    name: "consumer",
    settings: { ...CONSUMER_SETTINGS, CONSUMER_GROUP_ID: run.group },
    onMessage: (message) => watch.read(message),
  });
  void consumer.exitCode.then((code) => {
    if (!watch.stopping) fail(endedBadly(consumer, "consumer", code));
  });
  return consumer;
}
