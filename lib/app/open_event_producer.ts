import { createEncoder } from "../avro/codec.ts";
import type { AvroEvent } from "../avro/event.ts";
import { openSchemas } from "../avro/open_schemas.ts";
import { describeProblems } from "../avro/problem.ts";
import { valueSubject } from "../avro/value_subject.ts";
import { systemClock } from "../core/clock.ts";
import { permanent } from "../core/failure.ts";
import type { RecordMetadata } from "../core/record.ts";
import { connectAdmin } from "../kafka/admin.ts";
import { producerSessions } from "../kafka/producer_session.ts";
import { CommandError } from "../ops/command.ts";
import { EXIT } from "../ops/exit_codes.ts";
import { createHealth } from "../ops/health.ts";
import { getLogger } from "../ops/log.ts";
import { createProducerMetrics, exitLines, type ProducerMetrics } from "../ops/metrics.ts";
import { createOpsHandler, serveOps } from "../ops/server.ts";
import {
  contradictionOf,
  keptSchemaLines,
  reachKafka,
  requireSchema,
  requireTopics,
} from "../ops/startup.ts";
import { EventProducer } from "../producer/event_producer.ts";
import { Producer } from "../producer/producer.ts";
import { type App, startupOf } from "./run_app.ts";

/** A producer of one kind of event, connected, with its health and metrics served. */
export interface OpenEventProducer<T> extends AsyncDisposable {
  /** The id of the schema that values are written with. */
  readonly schemaId: number;
  readonly metrics: ProducerMetrics;
  /**
   * Resolves when the event is in the log, with its place. Rejects with a permanent `Failure` for a value that breaks
   * a rule of its schema, and with a `DeliveryError` when it was not acknowledged: that says whether it is certain
   * that it was not written.
   */
  send(value: T): Promise<RecordMetadata>;
  /** Resolves when `send` would not have to wait: a source that awaits it is read at Kafka's pace. */
  room(): Promise<void>;
  /**
   * Takes nothing more, and resolves with whether all that was sent has its answer within `SHUTDOWN_TIMEOUT_MS`. A
   * signal does the same. Disposing of the producer says the summary, too, and ends health and metrics.
   */
  close(): Promise<boolean>;
}

const log = getLogger("producer");

/**
 * Opens the producer of an application: waits for Kafka and the registry, and finds the topic and the registered
 * schema there.
 *
 * @throws {CommandError} naming what is missing, or what did not answer within `STARTUP_TIMEOUT_MS`.
 */
export async function openEventProducer<T>(app: App, event: AvroEvent<T>): Promise<OpenEventProducer<T>> {
  const { settings, stopping, definition } = app;
  const metrics = createProducerMetrics({ enabled: settings.enableMetrics });
  const opened: { producer?: Producer } = {};
  const server = serveOps({
    handler: createOpsHandler({ health: healthOf(opened, { metrics, stopping }), metrics }),
    hostname: settings.opsHost,
    port: settings.producerOpsPort,
    portSetting: definition.settings.producerOpsPort.name,
  });
  log.info(`Health and metrics at ${server.url}`);

  const { topic } = settings;
  const startup = startupOf(app);
  const clientId = `${event.plural}-producer`;
  const admin = await reachKafka(() => connectAdmin({ brokers: settings.kafkaBrokers, clientId }), startup);
  const { partitions } = (await requireTopics(admin, [topic], startup)).get(topic)!;
  await admin.close();
  const schemaId = await registeredId(app, { subject: valueSubject(topic), text: event.schemaText });
  const encoder = createEncoder<T>(event.schemaText, schemaId);
  const producer = opened.producer = new Producer({
    open: producerSessions({ brokers: settings.kafkaBrokers, clientId }),
    batch: {
      lingerMs: settings.lingerMs,
      maxRecords: settings.batchMaxRecords,
      maxBytes: settings.batchMaxBytes,
    },
    onAlarm: (alarm) => metrics.alarms.inc(alarm),
    metrics,
  });
  const events = new EventProducer<T>({
    producer,
    topic,
    partitions,
    encode: (value) => encoder.encode(valid(value, event)),
    keyOf: event.keyOf,
    metrics,
  });
  let closing: Promise<boolean> | undefined;
  const close = () => closing ??= producer.close(settings.shutdownTimeoutMs);
  stopping.addEventListener("abort", () => {
    log.info(`Stopping: ${producer.inFlight} ${event.plural} are waiting for their acknowledgement`);
    void close();
  }, { once: true });
  return {
    schemaId,
    metrics,
    send: (value) => events.send(value),
    room: () => producer.room(),
    close,
    async [Symbol.asyncDispose]() {
      await close();
      for (const line of exitLines(metrics)) log.info(line);
      await server.close();
    },
  };
}

/**
 * The id of the registered schema, or the one that is kept on disk while the registry does not answer. That is held
 * against the registry's word as soon as it is back, and a wrong one stops the program.
 */
async function registeredId(
  app: App,
  schema: { readonly subject: string; readonly text: string },
): Promise<number> {
  const lines = keptSchemaLines(app.settings.schemaCacheDir);
  let isFromDisk = false;
  const { ids, registry } = await openSchemas(app.settings, {
    subject: schema.subject,
    ...lines,
    onKeptUsed(kept, instead) {
      isFromDisk = true;
      lines.onKeptUsed(kept, instead);
    },
  });
  const id = await requireSchema(ids, schema, startupOf(app));
  if (isFromDisk) {
    void contradictionOf(registry, { ...schema, id }, app.stopping).then((found) => {
      if (found !== undefined) app.failStop(new CommandError(EXIT.failStop, found));
    }).catch(() => {}); // stopped before the registry was back
  }
  return id;
}

function valid<T>(value: T, event: AvroEvent<T>): T {
  const problems = event.check(value);
  if (problems.length > 0) throw permanent("invalid", describeProblems(problems));
  return value;
}

function healthOf(
  opened: { readonly producer?: Producer },
  { metrics, stopping }: { readonly metrics: ProducerMetrics; readonly stopping: AbortSignal },
): ReturnType<typeof createHealth> {
  return createHealth({
    clock: systemClock,
    ready: [{
      name: "start",
      check: () =>
        opened.producer
          ? { status: "healthy", reason: "started" }
          : { status: "unhealthy", reason: "starting" },
    }, {
      name: "kafka",
      check: () => {
        const reason = opened.producer?.troubles().join("; ");
        return reason
          ? { status: "degraded", reason }
          : { status: "healthy", reason: "every partition answers" };
      },
    }],
    facts: () => ({
      running: !stopping.aborted,
      in_flight: metrics.messagesInFlight(),
      delivered: metrics.deliverySuccess.value,
    }),
  });
}
