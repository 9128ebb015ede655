import {
  boolean,
  brokers,
  durationMs,
  httpUrl,
  integer,
  matching,
  oneOf,
  type Parser,
  port,
  someOf,
  text,
  topicName,
  wordOr,
} from "./setting_parsers.ts";
import {
  type LoadedSettings,
  loadSettings,
  type NotBuiltYet,
  type Setting,
  type SettingProblem,
  type SettingsOf,
  type SettingsSources,
  type SettingsTable,
} from "./settings.ts";
import { settingsGroup } from "./settings_group.ts";

type App = Setting<unknown>["usedBy"][number];

const EVERYONE: readonly App[] = ["producer", "consumer", "tools"];
const APPS: readonly App[] = ["producer", "consumer"];
const CONSUMER: readonly App[] = ["consumer"];
const PRODUCER: readonly App[] = ["producer"];
const TOOLS: readonly App[] = ["tools"];

const kafka = settingsGroup("Kafka and topics");
const registry = settingsGroup("Schema registry");
const consumer = settingsGroup("Consumer");
const failures = settingsGroup("Retry, circuit breaker, dead letters");
const producer = settingsGroup("Producer");
const operations = settingsGroup("Logs, metrics, health");
const lifecycle = settingsGroup("Start and stop");

const REGISTRY_CREDENTIALS = "SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD";
const LOOPBACK: Parser<string> = matching(
  /^(127\.0\.0\.1|localhost|::1)$/,
  "127.0.0.1, localhost or ::1, as the token that would protect other addresses (OPS_TOKEN) is not built yet",
);

/**
 * Every setting of an application for one kind of event, by the names that code uses. The topics' settings are called
 * after the events: `PAYMENTS_TOPIC`, `PAYMENTS_DLQ_TOPIC` and `PAYMENTS_PARTITIONS` for "payments". Spread the table
 * into one of your own, beside what your application needs more.
 *
 * @param events what the events are called in the plural, as the topic by default: lower case, words joined by dashes.
 */
// deno-lint-ignore explicit-function-return-type explicit-module-boundary-types -- the rows give the values their types
export function eventSettings(events: string, { group }: { readonly group: string }) {
  const prefix = events.toUpperCase().replaceAll("-", "_");
  return {
    kafkaBrokers: kafka("KAFKA_BROKERS", brokers(), EVERYONE, {
      default: "localhost:9092",
      flag: "brokers",
      description: "The Kafka brokers to ask first; the rest of the cluster is found through them.",
    }),
    topic: kafka(`${prefix}_TOPIC`, topicName(), EVERYONE, {
      default: events,
      flag: "topic",
      description: `The topic of the ${events}.`,
    }),
    dlqTopic: kafka(`${prefix}_DLQ_TOPIC`, topicName(), ["consumer", "tools"], {
      default: `${events}-dlq`,
      description: `The topic of the dead letters: ${events} that could not be processed, with the reason.`,
    }),
    partitions: kafka(`${prefix}_PARTITIONS`, integer(1, 10_000), TOOLS, {
      default: "6",
      description: "How many partitions setup gives the two topics when it creates them.",
    }),
    topicReplication: kafka("TOPIC_REPLICATION", wordOr("auto", integer(1, 32)), TOOLS, {
      default: "auto",
      description:
        "How many brokers hold each record of topics that setup creates; auto is all of them, up to 3.",
    }),

    schemaRegistryUrl: registry("SCHEMA_REGISTRY_URL", httpUrl(REGISTRY_CREDENTIALS), EVERYONE, {
      default: "http://localhost:8081",
      flag: "registry",
      description: "The schema registry; where its root answers 404, /apis/ccompat/v7 below it is tried.",
    }),
    schemaRegistryUsername: registry("SCHEMA_REGISTRY_USERNAME", text(), EVERYONE, {
      default: "",
      description: "User name for the registry (HTTP basic authentication); empty for none.",
    }),
    schemaRegistryPassword: registry("SCHEMA_REGISTRY_PASSWORD", text(), EVERYONE, {
      default: "",
      secret: true,
      description: "Password for the registry.",
    }),
    schemaRegistryToken: registry("SCHEMA_REGISTRY_TOKEN", text(0, 10_000), EVERYONE, {
      default: "",
      secret: true,
      description: "Bearer token for the registry, in place of user name and password; empty for none.",
    }),
    schemaRegistryCaFile: registry("SCHEMA_REGISTRY_CA_FILE", text(), EVERYONE, {
      default: "",
      description:
        "A PEM file of the certificate authorities that an https registry is trusted by, beside the usual ones.",
    }),
    schemaRegistryCertFile: registry("SCHEMA_REGISTRY_CERT_FILE", text(), EVERYONE, {
      default: "",
      description: "A PEM file of the certificate that we show to an https registry which asks for one.",
    }),
    schemaRegistryKeyFile: registry("SCHEMA_REGISTRY_KEY_FILE", text(), EVERYONE, {
      default: "",
      description: "A PEM file of the private key of SCHEMA_REGISTRY_CERT_FILE.",
    }),
    schemaCacheDir: registry("SCHEMA_CACHE_DIR", wordOr("none", text(1)), EVERYONE, {
      default: "./data/schemas",
      description:
        "Where the registry's schemas are kept, for starts while it is down; none keeps none. deno task schema:pull fills it.",
    }),

    consumerGroupId: consumer("CONSUMER_GROUP_ID", text(1, 249), ["consumer", "tools"], {
      default: group,
      flag: "group",
      description: "The consumer group; its members share the partitions, and its commits say what is done.",
    }),
    offsetReset: consumer("OFFSET_RESET", oneOf("earliest", "latest", "none"), CONSUMER, {
      default: "earliest",
      description:
        "Where a group begins that has no commit yet; none: it must have one, and where it is lost the consumer stops.",
    }),
    sessionTimeoutMs: consumer("SESSION_TIMEOUT_MS", durationMs(6000, 1_800_000), CONSUMER, {
      default: "30000",
      description: "How long the group waits for a silent member before it gives its partitions to others.",
    }),
    maxInFlight: consumer("MAX_IN_FLIGHT", integer(1, 1_000_000), CONSUMER, {
      default: "4000",
      description: "How many records may be read ahead and not finished yet; bounds the memory.",
    }),
    concurrency: consumer("CONCURRENCY", integer(1, 10_000), CONSUMER, {
      default: "400",
      description: `How many ${events} are processed at the same time, each of another key.`,
    }),
    ordering: consumer("ORDERING", oneOf("key"), CONSUMER, {
      default: "key",
      description: `What stays in order: key is the ${events} of one key. The only choice in this version.`,
    }),

    maxAttempts: failures("MAX_ATTEMPTS", integer(1, 100), CONSUMER, {
      default: "3",
      description: "How often a record is tried in all before it goes to the dead letters.",
    }),
    retryBackoffMs: failures("RETRY_BACKOFF_MS", durationMs(0, 600_000), CONSUMER, {
      default: "1000",
      description:
        "The wait before the second attempt; it doubles for each further one, plus up to 20 % by chance.",
    }),
    handlerTimeoutMs: failures("HANDLER_TIMEOUT_MS", durationMs(1, 3_600_000), CONSUMER, {
      default: "30000",
      description:
        "The time of one attempt; then its signal aborts, and the next record of its key waits until it has settled.",
    }),
    breakerFailureThreshold: failures("BREAKER_FAILURE_THRESHOLD", integer(1, 10_000), CONSUMER, {
      default: "5",
      description:
        "After so many failures in a row, retries not counted, the circuit breaker opens: nothing is started for a while.",
    }),
    breakerResetMs: failures("BREAKER_RESET_MS", durationMs(1, 3_600_000), CONSUMER, {
      default: "60000",
      description:
        "How long the circuit breaker stays open before it asks what failed, or lets one record through, as a test.",
    }),
    floodGuard: failures("FLOOD_GUARD", boolean("on or off"), CONSUMER, {
      default: "on",
      description:
        "on: a partition is held for a person to look at 50 dead letters in a row, or at more than 20 % of its last 1,000 records (once 500 were seen).",
    }),
    afterDeadLetter: failures("AFTER_DEAD_LETTER", oneOf("continue", "hold"), CONSUMER, {
      default: "continue",
      description:
        "What becomes of the later records of a key when one is dead-lettered: continue processes them; hold sends them after it, untried and in order, until deno task dlq release KEY.",
    }),
    dlqFormat: failures("DLQ_FORMAT", oneOf("raw", "json"), CONSUMER, {
      default: "raw",
      description:
        "raw: the value of a dead letter is the record's, byte for byte; json: a JSON object with the decoded value, what happened, and the bytes as base64.",
    }),
    dlqHeaders: failures("DLQ_HEADERS", someOf("spring", "connect"), CONSUMER, {
      default: "none",
      description:
        "Headers beside our own for tools that read the dead letters of Spring (kafka_dlt-*) or Kafka Connect (__connect.errors.*).",
    }),
    dlqTooLarge: failures("DLQ_TOO_LARGE", oneOf("hold", "pointer"), CONSUMER, {
      default: "hold",
      description:
        "What becomes of a dead letter that its topic takes in no form: hold waits for a person, pointer writes where the record lies and its hash.",
    }),

    lingerMs: producer("LINGER_MS", durationMs(0, 60_000), PRODUCER, {
      default: "5",
      description: "How long a record may wait for others to be sent together with it.",
    }),
    batchMaxRecords: producer("BATCH_MAX_RECORDS", integer(1, 100_000), PRODUCER, {
      default: "1000",
      description: "A batch is sent as soon as it has so many records.",
    }),
    batchMaxBytes: producer("BATCH_MAX_BYTES", integer(1024, 1_000_000), PRODUCER, {
      default: "900000",
      description:
        "A batch is sent before it grows beyond so many bytes; Kafka's own limit is 1,048,588 by default.",
    }),

    logLevel: operations("LOG_LEVEL", logLevel(), EVERYONE, {
      default: "info",
      flag: "log-level",
      description: "The least level that is logged.",
    }),
    logFormat: operations("LOG_FORMAT", oneOf("text", "json"), EVERYONE, {
      default: "text",
      description: "Log lines for people, or one JSON object a line.",
    }),
    logRecords: operations("LOG_RECORDS", oneOf("auto", "always", "never"), APPS, {
      default: "auto",
      description:
        "Whether each record is logged; auto folds them into one line a second above 100 a second.",
    }),
    enableMetrics: operations("ENABLE_METRICS", boolean(), APPS, {
      default: "true",
      description: "false: no /metrics and no timings, only one line of counts at exit.",
    }),
    opsHost: operations("OPS_HOST", LOOPBACK, APPS, {
      default: "127.0.0.1",
      description: "The address on which health and metrics are served.",
    }),
    consumerOpsPort: operations("CONSUMER_OPS_PORT", port(), CONSUMER, {
      default: "8082",
      description: "The consumer's port for health and metrics; 0 takes any free one.",
    }),
    producerOpsPort: operations("PRODUCER_OPS_PORT", port(), PRODUCER, {
      default: "8083",
      description: "The producer's port for health and metrics; 0 takes any free one.",
    }),

    startupTimeoutMs: lifecycle("STARTUP_TIMEOUT_MS", durationMs(0, 3_600_000), EVERYONE, {
      default: "60000",
      description: "How long a start waits for Kafka and the registry before it gives up with exit code 4.",
    }),
    shutdownTimeoutMs: lifecycle("SHUTDOWN_TIMEOUT_MS", durationMs(0, 3_600_000), APPS, {
      default: "10000",
      description: "How long a stop waits for work in progress before it gives up with exit code 8.",
    }),
  } as const satisfies SettingsTable;
}

/** Documented settings that this version refuses when they are set. */
export const NOT_BUILT_YET: readonly NotBuiltYet[] = [
  { name: "OPS_TOKEN", what: "protecting health and metrics with a token" },
  { name: "INTAKE_PORT", what: "taking orders over HTTP" },
  { name: "INTAKE_TOKEN", what: "taking orders over HTTP" },
  { name: "CONSOLE_PORT", what: "the operator's web console" },
  { name: "KAFKA_COMPRESSION", accepts: "none", what: "compression" },
  { name: "KAFKA_SSL", accepts: "false", what: "TLS to the brokers" },
  { name: "KAFKA_SSL_*", what: "TLS to the brokers" },
  { name: "KAFKA_SASL_*", what: "authentication at the brokers" },
];

/** The table of an application: what {@linkcode eventSettings} gives, and what the application adds. */
export type EventSettingsTable = ReturnType<typeof eventSettings> & SettingsTable;
/** The values of the settings that every application has. */
export type EventSettings = SettingsOf<ReturnType<typeof eventSettings>>;

/**
 * Reads an application's settings out of the sources.
 *
 * @throws {SettingsError} with all that is wrong.
 */
export function loadEventSettings<T extends EventSettingsTable>(
  table: T,
  sources: SettingsSources,
): LoadedSettings<T> & { readonly values: EventSettings } {
  const loaded = loadSettings(table, sources, {
    notBuiltYet: NOT_BUILT_YET,
    across: (values) => rulesAcross(values as EventSettings, table),
  });
  return loaded as typeof loaded & { readonly values: EventSettings }; // T has all of its rows
}

/** Rules that no single setting can break. */
function rulesAcross(settings: EventSettings, table: EventSettingsTable): SettingProblem[] {
  const problems: SettingProblem[] = [];
  if (settings.topic === settings.dlqTopic) {
    problems.push({
      name: table.dlqTopic.name,
      message: `must not be the same topic as ${table.topic.name}: dead letters would be consumed for ever`,
    });
  }
  if (settings.maxInFlight < settings.concurrency) {
    problems.push({
      name: "MAX_IN_FLIGHT",
      message: `must be at least CONCURRENCY (${settings.concurrency}), not ${settings.maxInFlight}`,
    });
  }
  return [...problems, ...registryRules(settings)];
}

function registryRules(settings: EventSettings): SettingProblem[] {
  const { schemaRegistryUrl: url, schemaRegistryToken: token } = settings;
  const { schemaRegistryUsername: username, schemaRegistryPassword: password } = settings;
  const { schemaRegistryCertFile: certFile, schemaRegistryKeyFile: keyFile } = settings;
  const problems: SettingProblem[] = [];
  const problem = (name: string, message: string) => void problems.push({ name, message });
  if (password !== "" && username === "") {
    problem("SCHEMA_REGISTRY_USERNAME", "is needed, since SCHEMA_REGISTRY_PASSWORD is set");
  }
  if (token !== "" && username !== "") {
    problem("SCHEMA_REGISTRY_TOKEN", "must not be set beside SCHEMA_REGISTRY_USERNAME: take one of them out");
  }
  if ((certFile === "") !== (keyFile === "")) {
    const [missing, given] = certFile === "" ? ["CERT", "KEY"] : ["KEY", "CERT"];
    problem(`SCHEMA_REGISTRY_${missing}_FILE`, `is needed, since SCHEMA_REGISTRY_${given}_FILE is set`);
  }
  for (const name of ["Ca", "Cert", "Key"] as const) {
    if (settings[`schemaRegistry${name}File`] === "" || url.startsWith("https:")) continue;
    problem(
      `SCHEMA_REGISTRY_${name.toUpperCase()}_FILE`,
      "has no effect, since SCHEMA_REGISTRY_URL does not begin with https://",
    );
  }
  return problems;
}

/** Levels by Python's names; `warn` is taken for `warning`. */
function logLevel(): Parser<"debug" | "info" | "warning" | "error" | "critical"> {
  const levels = oneOf("debug", "info", "warning", "error", "critical");
  return {
    rule: levels.rule,
    parse: (value) => levels.parse(value.toLowerCase() === "warn" ? "warning" : value),
  };
}
