import { coordinates, type TopicPartition } from "../core/record.ts";

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
    const what = refusal.definite ? "was not written" : "may or may not be written";
    const next = refusal.definite ? "" : "; sending it again with the same id is safe";
    super(`the record for ${coordinates(target)} ${what}: ${refusal.code}: ${refusal.message}${next}`);
    this.definite = refusal.definite;
    this.code = refusal.code;
  }
}
