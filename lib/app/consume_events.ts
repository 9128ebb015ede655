import { Decoder } from "../avro/codec.ts";
import type { AvroEvent } from "../avro/event.ts";
import { openSchemas } from "../avro/open_schemas.ts";
import { describeProblems } from "../avro/problem.ts";
import { valueSubject } from "../avro/value_subject.ts";
import { schemaIdOf } from "../avro/wire_format.ts";
import { Consumer } from "../consumer/consumer.ts";
import type { ConsumerOptions } from "../consumer/consumer_options.ts";
import { systemClock } from "../core/clock.ts";
import { permanent } from "../core/failure.ts";
import { connectAdmin } from "../kafka/admin.ts";
import { createGroupMember } from "../kafka/group_member.ts";
import { EXIT, type ExitCode } from "../ops/exit_codes.ts";
import { getLogger } from "../ops/log.ts";
import { type ConsumerMetrics, createConsumerMetrics, exitLines } from "../ops/metrics.ts";
import { createOpsHandler, serveOps } from "../ops/server.ts";
import { keptSchemaLines, reachKafka, requireSchemaIfReachable, requireTopics } from "../ops/startup.ts";
import { consumerHealth } from "./consumer_health.ts";
import { consumerSettings } from "./consumer_settings.ts";
import { deadLetterReader } from "./dead_letter_reader.ts";
import { openDeadLetterSender } from "./dead_letter_sender.ts";
import { checkDeadLetterTopic } from "./dead_letter_topic_check.ts";
import { createFailureLines } from "./failure_lines.ts";
import { finalLine } from "./final_line.ts";
import { measure, observe } from "./observe.ts";
import { observeWriters } from "./observe_writers.ts";
import { type App, startupOf } from "./run_app.ts";
import { untilIdle } from "./until_idle.ts";

/** What is done with the events: `handle` or `handleBatch`, and what it cannot do without. */
export interface ConsumeOptions<T>
  extends Pick<ConsumerOptions<T>, "handle" | "handleBatch" | "batch" | "dependencies"> {
  readonly event: AvroEvent<T>;
  /** To count in beside the library; made anew by default. */
  readonly metrics?: ConsumerMetrics;
  /** Called when everything that ran has come to its end, before the last lines: close what the handler used. */
  readonly atEnd?: () => unknown;
}

const log = getLogger("consumer");
/** Of the time that a stop may take, what the last commit and leaving the group are given. */
const LEAVING_MS = 4_000;

/**
 * Consumes an application's topic as its settings say, until a signal comes or a flag ends it: each record is decoded,
 * checked against the schema's rules, handled, tried again, and dead-lettered where nothing helps. Health and metrics
 * are served meanwhile. Resolves with the exit code when everything is committed and the group is left.
 *
 * @throws {CommandError} naming what is missing, or what did not answer within `STARTUP_TIMEOUT_MS`.
 */
export async function consumeEvents<T>(app: App, options: ConsumeOptions<T>): Promise<ExitCode> {
  const { args, settings, stopping } = app;
  const { event, metrics = createConsumerMetrics({ enabled: settings.enableMetrics }), atEnd, ...work } =
    options;
  const idleSeconds = args.number("until-idle");
  const maxWaitSeconds = args.number("max-wait");
  const running: { consumer?: Consumer<T> } = {};
  const health = consumerHealth(() => running.consumer?.status(), systemClock);
  const server = serveOps({
    handler: createOpsHandler({ health, metrics }),
    hostname: settings.opsHost,
    port: settings.consumerOpsPort,
    portSetting: app.definition.settings.consumerOpsPort.name,
  });
  log.info(`Health and metrics at ${server.url}`);

  const startup = startupOf(app);
  const { topic, dlqTopic, consumerGroupId: groupId } = settings;
  const client = { brokers: settings.kafkaBrokers, clientId: `${event.plural}-consumer` };
  const admin = await reachKafka(() => connectAdmin(client), startup);
  const topics = await requireTopics(admin, [topic, dlqTopic], startup);
  await checkDeadLetterTopic(admin, topics.get(topic)!, topics.get(dlqTopic)!);
  const subject = valueSubject(topic);
  const { ids, schemas } = await openSchemas(settings, {
    subject,
    ...keptSchemaLines(settings.schemaCacheDir),
  });
  await requireSchemaIfReachable(ids, { subject, text: event.schemaText }, startup);
  const decoder = new Decoder<T>(event.schemaText, schemas, { onWriter: observeWriters(metrics, log) });
  const deadLetters = openDeadLetterSender(settings.kafkaBrokers, `${client.clientId}-dlq`);
  const failures = createFailureLines(log, systemClock);
  const consumer = running.consumer = new Consumer<T>({
    ...work,
    ...consumerSettings(settings, args),
    groupId,
    createMember: (listener) =>
      createGroupMember({
        ...client,
        groupId,
        topic,
        offsetReset: settings.offsetReset === "latest" ? "latest" : "earliest",
        sessionTimeoutMs: settings.sessionTimeoutMs,
      }, listener),
    decode: (value, signal) => decoder.decode(value, signal),
    schemaIdOf,
    validate({ value }) {
      const problems = event.check(value);
      if (problems.length > 0) throw permanent("invalid", describeProblems(problems));
    },
    keyOf: event.keyOf,
    deadLetters: {
      topic: dlqTopic,
      partitions: topics.get(dlqTopic)!.partitions,
      format: settings.dlqFormat,
      headerSets: settings.dlqHeaders,
      tooLarge: settings.dlqTooLarge,
      toJson: async (value) => event.toJson(await decoder.decode(value)),
      send: (record) => deadLetters.send(record),
      ...(settings.afterDeadLetter === "hold" && { readBack: deadLetterReader(admin, client, dlqTopic) }),
    },
    events: observe(metrics, log, failures),
  });
  const startedAt = systemClock.monotonic();
  consumer.start();
  const stopMeasuring = systemClock.every(1_000, () => measure(consumer, metrics));
  const ended = await untilIdle({
    lag: () => admin.lag(groupId, topic),
    idleMs: idleSeconds === undefined ? undefined : idleSeconds * 1_000,
    maxWaitMs: maxWaitSeconds === undefined ? undefined : maxWaitSeconds * 1_000,
    failed: () => consumer.status().offsetLost !== undefined,
    clock: systemClock,
    signal: stopping,
  });

  log.info(`Stopping (${ended}): ${consumer.status().inFlight} records are in flight`);
  const drained = await consumer.stop(
    Math.max(settings.shutdownTimeoutMs - LEAVING_MS, settings.shutdownTimeoutMs / 2),
  );
  stopMeasuring();
  await Promise.all([deadLetters.close(1_000), atEnd?.(), admin.close(), server.close()]);
  failures.close();
  log.info(finalLine({
    events: event.plural,
    processed: metrics.messagesProcessed.value,
    repeats: metrics.repeats.value,
    skipped: metrics.messagesSkipped.value,
    deadLettered: metrics.dlqSent.value,
    clean: drained,
    seconds: (systemClock.monotonic() - startedAt) / 1_000,
  }));
  for (const line of exitLines(metrics)) log.info(line);
  if (ended === "failed" || ended === "max-wait") return EXIT.failStop;
  return drained ? EXIT.done : EXIT.drainDeadline;
}
