import { openSchemas } from "@orderline/lib/avro/open_schemas";
import { createEncoder } from "@orderline/lib/avro/codec";
import { systemClock } from "@orderline/lib/core/clock";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { settingFlags } from "@orderline/lib/ops/arguments";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT, type ExitCode } from "@orderline/lib/ops/exit_codes";
import { createHealth } from "@orderline/lib/ops/health";
import { configureLogging, getLogger } from "@orderline/lib/ops/log";
import { createProducerMetrics, summaryLine, summaryLines } from "@orderline/lib/ops/metrics";
import { createPerRecordLog } from "@orderline/lib/ops/per_record_log";
import { createOpsHandler, serveOps } from "@orderline/lib/ops/server";
import { readSettingsSources } from "@orderline/lib/ops/settings_sources";
import { loadAppSettings, SETTINGS } from "@orderline/lib/ops/settings_table";
import { watchSignals } from "@orderline/lib/ops/signals";
import {
  contradictionOf,
  keptSchemaLines,
  reachKafka,
  requireSchema,
  requireTopics,
} from "@orderline/lib/ops/startup";
import { openTerminal } from "@orderline/lib/ops/terminal";
import { EventProducer } from "@orderline/lib/producer/event_producer";
import { Producer } from "@orderline/lib/producer/producer";
import { type Order, ORDER_SCHEMA_TEXT, parseOrder, valueSubject } from "@orderline/schemas";
import { deliver, type DeliveryTally, type Refused } from "./deliver.ts";
import { orderSource } from "./order_source_choice.ts";

const COMMAND = {
  name: "deno task producer",
  summary:
    "Sends orders to Kafka: validated, encoded with the registered schema, keyed by user, each acknowledged.",
  positionals: [{
    name: "FILE",
    description: "NDJSON, one order a line; - reads standard input. None: sample orders",
  }],
  flags: {
    generate: { value: "N", description: "send N made-up orders instead of a file" },
    rate: {
      value: "R",
      description: "orders a second; default: as fast as Kafka takes them, 10 without FILE",
    },
    rejects: { value: "FILE", description: "where lines that are no valid order go, with every reason" },
    ...settingFlags(SETTINGS, "producer"),
  },
  examples: [
    "deno task producer orders.ndjson",
    "deno task producer --generate 1000 --rate 100",
    "cat orders.ndjson | deno task producer - --rejects rejects.ndjson",
  ],
};

const log = getLogger("producer");
/** Of rejected lines and unacknowledged orders; all of them are in the rejects file. */
const SHOWN_ONE_BY_ONE = 10;

await runCommand(COMMAND, async (args): Promise<ExitCode> => {
  const { values: settings, warnings } = loadAppSettings(await readSettingsSources({ flags: args.given }));
  const terminal = openTerminal(Deno.env.toObject());
  configureLogging({
    level: settings.logLevel,
    format: settings.logFormat,
    write: (line) => terminal.line(line),
  });
  for (const warning of warnings) log.warn(warning);

  const stopping = new AbortController();
  const input = await orderSource(args, { signal: stopping.signal, parse: parseOrder });
  const metrics = createProducerMetrics({ enabled: settings.enableMetrics });
  const tally: DeliveryTally = { read: 0, delivered: 0, rejected: 0, unknown: 0, refused: 0 };
  const started: { producer?: Producer } = {};
  const health = createHealth({
    clock: systemClock,
    ready: [{
      name: "start",
      check: () =>
        started.producer
          ? { status: "healthy", reason: "started" }
          : { status: "unhealthy", reason: "starting" },
    }, {
      name: "kafka",
      check: () => {
        const reason = started.producer?.troubles().join("; ");
        return reason
          ? { status: "degraded", reason }
          : { status: "healthy", reason: "every partition answers" };
      },
    }],
    facts: () => ({
      running: !stopping.signal.aborted,
      in_flight: metrics.messagesInFlight(),
      delivered: tally.delivered,
    }),
  });
  const server = serveOps({
    handler: createOpsHandler({ health, metrics }),
    hostname: settings.opsHost,
    port: settings.producerOpsPort,
    portSetting: "PRODUCER_OPS_PORT",
  });
  log.info(`Health and metrics at ${server.url}`);

  const startup = { timeoutMs: settings.startupTimeoutMs, signal: stopping.signal };
  const clientId = "orderline-producer";
  const stopWatching = watchSignals({
    onStop: (signal) =>
      stopping.abort(new CommandError(EXIT.done, `stopped by ${signal} before it had started`)),
  });
  const admin = await reachKafka(() => connectAdmin({ brokers: settings.kafkaBrokers, clientId }), startup);
  const topics = await requireTopics(admin, [settings.ordersTopic]);
  await admin.close();
  const schema = { subject: valueSubject(settings.ordersTopic), text: ORDER_SCHEMA_TEXT };
  const lines = keptSchemaLines(settings.schemaCacheDir);
  let isIdFromDisk = false;
  const { ids, registry } = await openSchemas(settings, {
    subject: schema.subject,
    ...lines,
    onKeptUsed(kept, instead) {
      isIdFromDisk = true;
      lines.onKeptUsed(kept, instead);
    },
  });
  const schemaId = await requireSchema(ids, schema, startup);

  const producer = new Producer({
    open: producerSessions({ brokers: settings.kafkaBrokers, clientId }),
    batch: {
      lingerMs: settings.lingerMs,
      maxRecords: settings.batchMaxRecords,
      maxBytes: settings.batchMaxBytes,
    },
    onAlarm: (alarm) => metrics.alarms.inc(alarm),
    metrics,
  });
  const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, schemaId);
  const orders = new EventProducer<Order>({
    producer,
    topic: settings.ordersTopic,
    partitions: topics.get(settings.ordersTopic)!.partitions,
    encode: (order) => encoder.encode(order),
    keyOf: (order) => order.user,
    metrics,
  });
  started.producer = producer;
  log.info(`Sending ${input.what} to ${settings.ordersTopic} with schema ${schemaId}`);

  const perRecord = createPerRecordLog({
    log,
    mode: settings.logRecords,
    clock: systemClock,
    what: "messages delivered",
  });
  const bar = settings.logFormat === "json" ? undefined : terminal.progress({
    label: "producer",
    ...(input.total !== undefined && { total: input.total }),
  });
  const startedAt = systemClock.monotonic();
  let closing: Promise<boolean> | undefined;
  stopping.signal.addEventListener("abort", () => {
    log.info(`Stopping: ${producer.inFlight} orders are waiting for their acknowledgement`);
    closing = producer.close(settings.shutdownTimeoutMs);
  }, { once: true });
  let contradiction: string | undefined;
  if (isIdFromDisk) {
    void contradictionOf(registry, { ...schema, id: schemaId }, stopping.signal).then((found) => {
      contradiction = found;
      if (found !== undefined) stopping.abort(new Error(found));
    }).catch(() => {}); // stopped before the registry was back
  }
  const refused = await deliver({
    source: input.items,
    send: (order) => orders.send(order),
    room: () => producer.room(),
    rejects: input.rejects,
    signal: stopping.signal,
    tally,
    onDelivered: (order, at) => {
      bar?.update(input.done(tally), { note: tally.rejected > 0 ? `${tally.rejected} rejected` : "" });
      perRecord.record(
        () => `Message delivered to ${at.topic}[${at.partition}] at offset ${at.offset}`,
        () => ({ ...at, order_id: order.order_id }),
      );
    },
    onRejected: (line, reasons) => {
      metrics.sendErrors.inc();
      if (tally.rejected <= SHOWN_ONE_BY_ONE) log.warn(`Line ${line} rejected: ${reasons.join("; ")}`);
    },
    onFailed: (order, error) => {
      if (tally.unknown + tally.refused <= SHOWN_ONE_BY_ONE) {
        log.error(`Order ${order.order_id} was not acknowledged: ${error.message}`);
      }
    },
  });
  const drained = await (closing ?? producer.close(settings.shutdownTimeoutMs));
  perRecord.close();
  if (refused !== undefined) log.error(refusedLine(refused, input.rejects.path));
  if (contradiction !== undefined) log.error(contradiction);
  const last = finalLine(tally, input.rejects.path, (systemClock.monotonic() - startedAt) / 1_000);
  if (bar === undefined) log.info(last, { ...tally });
  else bar.finish(last);
  input.rejects.close();
  for (
    const line of settings.enableMetrics ? summaryLines(metrics.summary()) : [summaryLine(metrics.summary())]
  ) {
    log.info(line);
  }
  await server.close();
  stopWatching(); // last: the second signal of a Ctrl-C would end the process by itself
  if (contradiction !== undefined) return EXIT.failStop;
  if (refused !== undefined) return EXIT.refused;
  if (tally.unknown + tally.refused > 0 || !drained) return EXIT.failed;
  return tally.rejected > 0 ? EXIT.someRejected : EXIT.done;
});

function finalLine(tally: DeliveryTally, rejectsPath: string, seconds: number): string {
  const unacknowledged = tally.unknown + tally.refused;
  const parts = [
    `${tally.read.toLocaleString("en-US")} orders read`,
    `${tally.delivered.toLocaleString("en-US")} delivered`,
    ...(tally.rejected > 0 ? [`${tally.rejected.toLocaleString("en-US")} rejected (${rejectsPath})`] : []),
    ...(unacknowledged > 0
      ? [`${unacknowledged.toLocaleString("en-US")} not acknowledged (feed ${rejectsPath} again)`]
      : []),
  ];
  return `${parts.join(", ")} in ${seconds.toFixed(1)} s`;
}

/** Why it ended early, and how to go on without sending the whole input again. */
function refusedLine({ error, line }: Refused, rejectsPath: string): string {
  return `Stopped at line ${line}, since Kafka would refuse every order: ${error.message}. When that is mended, ` +
    `feed ${rejectsPath}, which holds every order of the lines so far that is not delivered, and then the input ` +
    `from line ${line + 1} on`;
}
