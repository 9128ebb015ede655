import { systemClock } from "../../lib/core/clock.ts";
import type { Admin } from "../../lib/kafka/ports.ts";
import { EXIT } from "../../lib/ops/exit_codes.ts";
import { type App, endedBadly, startApp, untilDone } from "./app.ts";
import { BAD_LINES, FAIL_ITEM, kindOfReject, type RawRecord } from "./bad_inputs.ts";
import { ConsumerWatch } from "./consumer_watch.ts";
import { type DemoRun, PURCHASES_FILE } from "./demo_run.ts";
import { countBy, type Findings } from "./findings.ts";
import { type DemoInput, parseLines, prepareInput } from "./input_files.ts";
import { type Outage, storeOutage } from "./outage.ts";
import { type Steps, until } from "./steps.ts";
import { countStored, readStore } from "./store_reader.ts";
import { connect, countRecords, readDeadLetters, schemaIdOf, sendRawRecords } from "./topics.ts";

/** So that the purchases take longer than the outage, and some come before and after it. */
const PURCHASES_PER_SECOND = 450;
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

/** What a run leaves to be read and reported. */
export type Found = Omit<Findings, "name" | "seconds" | "next">;

/**
 * The main job on the run's stack: setup, consumer, producers, bad inputs, an outage of the store, and the count of
 * what became of it all. The applications are processes of their own; whatever happens, they have ended when this has.
 */
export async function demo(run: DemoRun, steps: Steps): Promise<Found> {
  const apps: App[] = [];
  const start: StartApp = async (options) => {
    const app = await startApp(run, options);
    apps.push(app);
    return app;
  };
  const admin = await connect(run.stack);
  try {
    return await runAll({ run, steps, admin, start });
  } finally {
    await Promise.all(apps.map((app) => app.stop()));
    await admin.close();
  }
}

type StartApp = (options: Parameters<typeof startApp>[1]) => Promise<App>;

interface Context {
  readonly run: DemoRun;
  readonly steps: Steps;
  readonly admin: Admin;
  readonly start: StartApp;
}

async function runAll(context: Context): Promise<Found> {
  const { run, steps, admin, start } = context;
  const input = await prepareInput(run);
  const { schemaId, partitions } = await setup(context);
  const watch = new ConsumerWatch();
  const consumer = await startConsumer(context, watch);
  const countDeadLetters = () => countRecords(admin, run.deadLetterTopic);
  const delivered = new DeliveredCount();

  const bar = run.terminal.progress({
    label: "orders stored",
    total: input.purchases.orders + input.extraOrders,
  });
  const stopCounting = systemClock.every(250, () => bar.update(countStored(run.storeFile)));
  let raw: readonly RawRecord[];
  let outage: Outage;
  try {
    const purchases = await start({
      path: "producer",
      name: "producer-purchases",
      args: [PURCHASES_FILE, "--rate", String(PURCHASES_PER_SECOND)],
      settings: { PRODUCER_OPS_PORT: "0" },
      onMessage: delivered.read,
    });
    raw = await steps.run("bad inputs", async () => {
      const mixed = await start({
        path: "producer",
        name: "producer-extras",
        args: [input.mixedFile, "--rejects", "rejects.ndjson"],
        settings: { PRODUCER_OPS_PORT: "0" },
        onMessage: delivered.read,
      });
      const sent = await sendRawRecords(run, { schemaId, partitions });
      await untilDone(mixed, { name: "producer", ok: [EXIT.someRejected] });
      const expected = expectedDeadLetters(input, sent).length;
      const { signal } = run;
      await until(
        "all bad inputs are dead letters",
        async () => await countDeadLetters() >= expected,
        { timeoutMs: STEP_TIMEOUT_MS, signal },
      );
      return [`${BAD_LINES.length} lines rejected, ${expected} records dead-lettered`, sent];
    });
    outage = await steps.run("outage", async () => {
      const { storeFile, signal } = run;
      const result = await storeOutage({
        storeFile,
        forMs: OUTAGE_MS,
        watch,
        countDeadLetters,
        steps,
        signal,
      });
      return [`over: the breaker opened ${result.openings} times and closed again`, result];
    });
    await steps.run("the rest", async () => {
      await untilDone(purchases, { name: "producer", ok: [EXIT.done] });
      const behind = async () =>
        (await admin.lag(run.group, run.topic)).reduce((sum, { lag }) => sum + lag, 0);
      const { signal } = run;
      await until("the consumer is through", async () => await behind() === 0, {
        timeoutMs: STEP_TIMEOUT_MS,
        signal,
      });
      return [
        `${delivered.total.toLocaleString("en-US")} orders acknowledged, the group's lag is 0`,
        undefined,
      ];
    });
  } finally {
    stopCounting();
    bar.finish(`  ${countStored(run.storeFile).toLocaleString("en-US")} orders stored`);
  }
  return await steps.run("counting", async () => {
    const metrics = await watch.metrics(run.signal);
    const code = await consumer.stop();
    if (code !== EXIT.done) throw endedBadly(consumer, "consumer", code);
    const found = await count({ ...context, input, raw, outage, metrics, delivered: delivered.total });
    return ["consumer stopped (exit code 0); topics and store read", found];
  });
}

async function setup(
  { run, steps, admin, start }: Context,
): Promise<{ schemaId: number; partitions: number }> {
  return await steps.run("setup", async () => {
    await untilDone(await start({ path: "tools/setup", name: "setup" }), { name: "setup", ok: [EXIT.done] });
    const partitions = (await admin.topics([run.topic])).get(run.topic)?.partitions ?? 0;
    const schemaId = await schemaIdOf(run);
    return [`topics ${run.topic}, …-dlq; schema id ${schemaId}`, {
      schemaId,
      partitions,
    }];
  });
}

async function startConsumer({ run, steps, start }: Context, watch: ConsumerWatch): Promise<App> {
  return await steps.run("consumer", async () => {
    const consumer = await start({
      path: "consumer",
      name: "consumer",
      settings: { ...CONSUMER_SETTINGS, ORDERS_TOPIC: run.topic, CONSUMER_GROUP_ID: run.group },
      onMessage: (message) => watch.read(message),
    });
    let code: number | undefined;
    void consumer.exitCode.then((value) => code = value);
    const { signal } = run;
    await until("the consumer joins its group", () => {
      if (code !== undefined) throw endedBadly(consumer, "consumer", code);
      return watch.joined;
    }, { timeoutMs: STEP_TIMEOUT_MS, signal });
    return [`in group ${run.group}`, consumer];
  });
}

/** Adds up what the producers say at their end. */
class DeliveredCount {
  total = 0;
  readonly read = (message: string): void => {
    const count = /^producer\.delivery_success: ([\d,]+)$/.exec(message)?.[1];
    if (count !== undefined) this.total += Number(count.replaceAll(",", ""));
  };
}

function expectedDeadLetters(input: DemoInput, raw: readonly RawRecord[]): string[] {
  return [...input.badOrderReasons, ...raw.flatMap(({ reason }) => reason === undefined ? [] : [reason])];
}

interface Counting extends Context {
  readonly input: DemoInput;
  readonly raw: readonly RawRecord[];
  readonly outage: Outage;
  readonly metrics: ReadonlyMap<string, number>;
  readonly delivered: number;
}

/** Reads what there is now: rejects file, topics, store and the consumer's counters. */
async function count(counting: Counting): Promise<Found> {
  const { run, admin, input, raw, outage, metrics, delivered } = counting;
  const rejects = parseLines(await Deno.readTextFile(`${run.folder}/rejects.ndjson`));
  const letters = await readDeadLetters(run, admin);
  const { purchases, extras } = readStore(run.storeFile);
  const shown = letters.find(({ error }) => error.startsWith("quantity")) ?? letters[0];
  return {
    lines: input.purchaseLines + input.mixedLines,
    delivered,
    rejects: countBy(rejects.map(({ reasons }) => kindOfReject(String((reasons as unknown[])[0])))),
    expectedRejects: countBy(BAD_LINES.map(({ kind }) => kind)),
    rawRecords: raw.length,
    tombstones: raw.filter(({ reason }) => reason === undefined).length,
    onTopic: await countRecords(admin, run.topic),
    purchases,
    expectedPurchases: input.purchases,
    extras,
    expectedExtraOrders: input.extraOrders,
    repeats: metrics.get("orderline_consumer_repeats_total") ?? 0,
    skipped: metrics.get("orderline_consumer_messages_skipped_total") ?? 0,
    expectedRepeats: input.repeats,
    deadLetters: countBy(letters.map(({ reason }) => reason)),
    expectedDeadLetters: countBy(expectedDeadLetters(input, raw)),
    outage,
    example: shown && {
      place: `${shown.original_topic}[${shown.original_partition}]@${shown.original_offset}`,
      reason: shown.reason,
      error: shown.error,
    },
  };
}
