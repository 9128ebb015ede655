import { Decoder } from "@orderline/lib/avro/codec";
import { describeProblems } from "@orderline/lib/avro/problem";
import { openSchemas } from "@orderline/lib/avro/open_schemas";
import { schemaIdOf } from "@orderline/lib/avro/wire_format";
import { Consumer } from "@orderline/lib/consumer/consumer";
import type { ConsumerStatus } from "@orderline/lib/consumer/consumer_options";
import { PAUSE_REASONS } from "@orderline/lib/consumer/pauses";
import { permanent } from "@orderline/lib/core/failure";
import { systemClock } from "@orderline/lib/core/clock";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import { createGroupMember } from "@orderline/lib/kafka/group_member";
import { settingFlags } from "@orderline/lib/ops/arguments";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT, type ExitCode } from "@orderline/lib/ops/exit_codes";
import { createHealth } from "@orderline/lib/ops/health";
import { configureLogging, getLogger } from "@orderline/lib/ops/log";
import {
  type ConsumerMetrics,
  createConsumerMetrics,
  summaryLine,
  summaryLines,
} from "@orderline/lib/ops/metrics";
import { createPerRecordLog } from "@orderline/lib/ops/per_record_log";
import { createOpsHandler, serveOps } from "@orderline/lib/ops/server";
import { readSettingsSources } from "@orderline/lib/ops/settings_sources";
import { loadAppSettings, SETTINGS } from "@orderline/lib/ops/settings_table";
import { watchSignals } from "@orderline/lib/ops/signals";
import {
  keptSchemaLines,
  reachKafka,
  requireSchemaIfReachable,
  requireTopics,
} from "@orderline/lib/ops/startup";
import { openTerminal } from "@orderline/lib/ops/terminal";
import { checkOrder, type Order, ORDER_SCHEMA_TEXT, orderToJson, valueSubject } from "@orderline/schemas";
import { liveCheck, readyCheck } from "./consumer_health.ts";
import { deadLetterReader } from "./dead_letter_reader.ts";
import { openDeadLetterSender } from "./dead_letter_sender.ts";
import { checkDeadLetterTopic } from "./dead_letter_topic_check.ts";
import { createFailureLines } from "./failure_lines.ts";
import { finalLine } from "./final_line.ts";
import { observe } from "./observe.ts";
import { observeWriters } from "./observe_writers.ts";
import { openOrderStore } from "./order_store/open_order_store.ts";
import { ORDER_STORE } from "./order_store/order_store.ts";
import { createProcessOrder } from "./process_order.ts";
import { untilIdle } from "./until_idle.ts";

const COMMAND = {
  name: "deno task consumer",
  summary:
    "Reads orders from Kafka and stores each once; what cannot be processed goes to the dead letters with its reason.",
  flags: {
    "until-idle": { value: "SECONDS", description: "end when the group's lag has been 0 for so long" },
    "max-wait": { value: "SECONDS", description: "end after so long even if it is not idle (exit code 5)" },
    "accept-flood": { description: "do not hold partitions for the dead letters of what they contain now" },
    "accept-lost-offsets": {
      description: "where the group's position is lost, go on as OFFSET_RESET says (none: earliest)",
    },
    ...settingFlags(SETTINGS, "consumer"),
  },
  examples: [
    "deno task consumer",
    "deno task consumer --until-idle 5 --max-wait 120",
    "deno task consumer --group order-processor-2",
  ],
};
const log = getLogger("consumer");
/** Of the time that a stop may take, what the last commit and leaving the group are given. */
const LEAVING_MS = 4_000;

await runCommand(COMMAND, async (args): Promise<ExitCode> => {
  const idleSeconds = args.number("until-idle");
  const maxWaitSeconds = args.number("max-wait");
  const { values: settings, warnings } = loadAppSettings(await readSettingsSources({ flags: args.given }));
  const terminal = openTerminal(Deno.env.toObject());
  configureLogging({
    level: settings.logLevel,
    format: settings.logFormat,
    write: (line) => terminal.line(line),
  });
  for (const warning of warnings) log.warn(warning);

  const running: { consumer?: Consumer<Order> } = {};
  const status = (): ConsumerStatus | undefined => running.consumer?.status();
  const metrics = createConsumerMetrics({ enabled: settings.enableMetrics });
  const health = createHealth({
    clock: systemClock,
    startup: [{
      name: "start",
      check: () =>
        status()?.joined
          ? { status: "healthy", reason: "joined" }
          : { status: "unhealthy", reason: "starting" },
    }],
    live: [liveCheck(status)],
    ready: [readyCheck(status)],
    overall: [readyCheck(status), liveCheck(status)],
    facts: () => facts(status()),
  });
  const server = serveOps({
    handler: createOpsHandler({ health, metrics }),
    hostname: settings.opsHost,
    port: settings.consumerOpsPort,
    portSetting: "CONSUMER_OPS_PORT",
  });
  const stopping = new AbortController();
  const stopWatching = watchSignals({
    onStop: (signal) =>
      stopping.abort(new CommandError(EXIT.done, `stopped by ${signal} before it had started`)),
  });
  log.info(`Health and metrics at ${server.url}`);
  const store = await openOrderStore(settings.orderStoreUrl);
  const startup = { timeoutMs: settings.startupTimeoutMs, signal: stopping.signal };
  const clientId = "orderline-consumer";
  const admin = await reachKafka(() => connectAdmin({ brokers: settings.kafkaBrokers, clientId }), startup);
  const topics = await requireTopics(admin, [settings.ordersTopic, settings.ordersDlqTopic]);
  await checkDeadLetterTopic(admin, topics.get(settings.ordersTopic)!, topics.get(settings.ordersDlqTopic)!);
  const subject = valueSubject(settings.ordersTopic);
  const { ids, schemas } = await openSchemas(settings, {
    subject,
    ...keptSchemaLines(settings.schemaCacheDir),
  });
  await requireSchemaIfReachable(ids, { subject, text: ORDER_SCHEMA_TEXT });
  const decoder = new Decoder<Order>(ORDER_SCHEMA_TEXT, schemas, { onWriter: observeWriters(metrics, log) });
  const deadLetters = openDeadLetterSender(settings.kafkaBrokers, `${clientId}-dlq`);
  const perRecord = createPerRecordLog({
    log,
    mode: settings.logRecords,
    clock: systemClock,
    what: "orders processed",
  });
  const failures = createFailureLines(log, systemClock);
  const processOrder = createProcessOrder({
    store,
    log: perRecord,
    failItem: settings.failItem === "" ? undefined : settings.failItem,
  });

  const consumer = running.consumer = new Consumer<Order>({
    groupId: settings.consumerGroupId,
    createMember: (listener) =>
      createGroupMember({
        brokers: settings.kafkaBrokers,
        clientId,
        groupId: settings.consumerGroupId,
        topic: settings.ordersTopic,
        offsetReset: settings.offsetReset === "latest" ? "latest" : "earliest",
        sessionTimeoutMs: settings.sessionTimeoutMs,
      }, listener),
    decode: (value, signal) => decoder.decode(value, signal),
    schemaIdOf,
    validate: ({ value }) => {
      const problems = checkOrder(value);
      if (problems.length > 0) {
        throw permanent("invalid", describeProblems(problems));
      }
    },
    keyOf: (order) => order.user,
    handle: async (message, context) => {
      const { repeat } = await processOrder(message, context);
      if (repeat) metrics.repeats.inc();
    },
    deadLetters: {
      topic: settings.ordersDlqTopic,
      partitions: topics.get(settings.ordersDlqTopic)!.partitions,
      format: settings.dlqFormat,
      headerSets: settings.dlqHeaders,
      tooLarge: settings.dlqTooLarge,
      toJson: async (value) => orderToJson(await decoder.decode(value)),
      send: (record) => deadLetters.send(record),
      ...(settings.afterDeadLetter === "hold" && {
        readBack: deadLetterReader(
          admin,
          { brokers: settings.kafkaBrokers, clientId },
          settings.ordersDlqTopic,
        ),
      }),
    },
    sessionTimeoutMs: settings.sessionTimeoutMs,
    concurrency: settings.concurrency,
    maxInFlight: settings.maxInFlight,
    maxAttempts: settings.maxAttempts,
    backoff: { firstMs: settings.retryBackoffMs, maxMs: 30_000, jitter: 0.2 },
    handlerTimeoutMs: settings.handlerTimeoutMs,
    dependencies: { [ORDER_STORE]: { probe: (signal) => store.probe(signal) } },
    breaker: { failureThreshold: settings.breakerFailureThreshold, resetMs: settings.breakerResetMs },
    floodGuard: !settings.floodGuard ? "off" : args.has("accept-flood") ? "accept" : "on",
    commitsExpected: settings.offsetReset === "none",
    acceptLostOffsets: args.has("accept-lost-offsets"),
    events: observe(metrics, log, failures),
  });
  const startedAt = systemClock.monotonic();
  consumer.start();
  const stopMeasuring = systemClock.every(1_000, () => measure(consumer, metrics));
  const ended = await untilIdle({
    lag: () => admin.lag(settings.consumerGroupId, settings.ordersTopic),
    idleMs: idleSeconds === undefined ? undefined : idleSeconds * 1_000,
    maxWaitMs: maxWaitSeconds === undefined ? undefined : maxWaitSeconds * 1_000,
    failed: () => consumer.status().offsetLost !== undefined,
    clock: systemClock,
    signal: stopping.signal,
  });

  log.info(`Stopping (${ended}): ${consumer.status().inFlight} records are in flight`);
  const drained = await consumer.stop(
    Math.max(settings.shutdownTimeoutMs - LEAVING_MS, settings.shutdownTimeoutMs / 2),
  );
  stopMeasuring();
  await Promise.all([deadLetters.close(1_000), store.close(), admin.close(), server.close()]);
  perRecord.close();
  failures.close();
  log.info(finalLine({
    processed: metrics.messagesProcessed.value,
    repeats: metrics.repeats.value,
    skipped: metrics.messagesSkipped.value,
    deadLettered: metrics.dlqSent.value,
    clean: drained,
    seconds: (systemClock.monotonic() - startedAt) / 1_000,
  }));
  for (
    const line of settings.enableMetrics ? summaryLines(metrics.summary()) : [summaryLine(metrics.summary())]
  ) {
    log.info(line);
  }
  stopWatching();
  if (ended === "failed" || ended === "max-wait") return EXIT.failStop;
  return drained ? EXIT.done : EXIT.drainDeadline;
});

/** What `/health` says beside the checks. */
function facts(status: ConsumerStatus | undefined): Record<string, unknown> {
  if (status === undefined) return { running: false, circuit_breaker_state: "closed" };
  return {
    running: status.running,
    circuit_breaker_state: status.circuitBreakerState,
    circuit_breakers: Object.fromEntries(status.dependencies.map(({ name, state }) => [name, state])),
    assigned_partitions: status.assigned,
    in_flight: status.inFlight,
    paused: Object.fromEntries(status.paused),
    held_partitions: status.held,
  };
}

function measure(consumer: Consumer<Order>, metrics: ConsumerMetrics): void {
  const { inFlight, paused } = consumer.status();
  metrics.inFlight.set(inFlight);
  for (const reason of PAUSE_REASONS) metrics.pausedPartitions.set(reason, paused.get(reason) ?? 0);
  for (const { partition, records } of consumer.lag()) metrics.lag.set(partition, records);
}
