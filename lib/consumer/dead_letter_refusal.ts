import { shown } from "../core/shown.ts";
import { maskText } from "../ops/redact.ts";

/** Why the dead letter topic did not take a record, and what a person can do about it. */
export interface DeadLetterRefusal {
  /** It is the size of this record; the topic takes others. */
  readonly tooLarge: boolean;
  /** One line. */
  readonly why: string;
}

const TOO_LARGE = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);

/** Kafka's names of errors that a person can mend, with how. */
const ADVICE: Readonly<Record<string, (topic: string) => string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: missing,
  UNKNOWN_PARTITION: missing,
  TOPIC_AUTHORIZATION_FAILED: forbidden,
  CLUSTER_AUTHORIZATION_FAILED: forbidden,
  MESSAGE_TOO_LARGE: tooSmall,
  RECORD_LIST_TOO_LARGE: tooSmall,
  NOT_ENOUGH_REPLICAS: fewBrokers,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: fewBrokers,
  KAFKA_STORAGE_ERROR: (topic) => `a broker cannot write ${topic} to its disk: make room there, or mend it`,
  POLICY_VIOLATION: (topic) => `a policy of the cluster is against it: see the brokers' logs on ${topic}`,
  INVALID_RECORD: (topic) =>
    `a broker refuses the record: with cleanup.policy=compact ${topic} takes none without a key; make it delete`,
};

/** Says what follows from an error that sending a dead letter has ended with. */
export function explainRefusal(error: unknown, topic: string): DeadLetterRefusal {
  const code = codeOf(error);
  const message = error instanceof Error ? maskText(error.message) : shown(error);
  const advice = ADVICE[code]?.(topic) ?? `look at the brokers and at the topic ${topic}`;
  return { tooLarge: TOO_LARGE.has(code), why: `${message}; ${advice}` };
}

function missing(topic: string): string {
  return `create ${topic} with as many partitions as it had at the start, as setup does`;
}

function forbidden(topic: string): string {
  return `give this client the right to Write and Describe on topic ${topic}`;
}

function tooSmall(topic: string): string {
  return `raise max.message.bytes of ${topic} to that of the source topic and 65536 more, ` +
    "or set DLQ_TOO_LARGE=pointer to keep only where the record lies and its hash";
}

function fewBrokers(topic: string): string {
  return `fewer brokers hold ${topic} than its min.insync.replicas asks for: start those that are down`;
}

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : "UNKNOWN";
}
