import { coordinates, type TopicPartition } from "../core/record.ts";

/** What to do about an answer of a broker that does not say it. */
const ADVICE: Readonly<Record<string, (topic: string) => string>> = {
  TOPIC_AUTHORIZATION_FAILED: (topic) => `give this client the rights Describe and Write to topic ${topic}`,
  CLUSTER_AUTHORIZATION_FAILED: () => "give this client the right IdempotentWrite to the cluster",
  MESSAGE_TOO_LARGE: (topic) => `make it smaller, or raise max.message.bytes of topic ${topic}`,
  RECORD_LIST_TOO_LARGE: (topic) => `make it smaller, or raise segment.bytes of topic ${topic}`,
};

/**
 * A record was not acknowledged.
 *
 * `definite`: it is certain that it is not in the log, and never will be. Otherwise it is unknown: it may be
 * written; send it again with the same id, and readers that know the id will tell the repeat.
 */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly definite: boolean;
  /** Kafka's name of the last error, such as `MESSAGE_TOO_LARGE`. */
  readonly code: string;

  constructor(target: TopicPartition, refusal: { definite: boolean; code: string; message: string }) {
    const { definite, code, message } = refusal;
    const what = definite ? "was not written" : "may or may not be written";
    const advice = ADVICE[code] === undefined ? "" : `; ${ADVICE[code](target.topic)}`;
    const next = definite ? "" : "; sending it again with the same id is safe";
    super(`the record for ${coordinates(target)} ${what}: ${code}: ${message}${advice}${next}`);
    this.definite = definite;
    this.code = code;
  }
}
