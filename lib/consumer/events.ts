import type { BreakerState } from "../core/breaker.ts";
import type { Failure } from "../core/failure.ts";
import type { Outcome } from "../core/outcome.ts";
import type { ConsumerRecord, TopicPartition } from "../core/record.ts";

/** The breaker of a dependency is in another state. */
export interface BreakerChange {
  readonly dependency: string;
  readonly state: BreakerState;
  /** That of the dependency that is worst off: any that is open stops everything. */
  readonly worst: BreakerState;
}

/** What a consumer tells of itself, for metrics and logs. Every method is optional. What one throws is logged. */
export interface ConsumerEvents {
  /** The handler's work is durable. */
  handled?(record: ConsumerRecord, durationMs: number): void;
  /** The handler threw. */
  failed?(record: ConsumerRecord, failure: Failure, attempt: number): void;
  /** A wait is over and the record is tried again. */
  retried?(record: ConsumerRecord, failure: Failure): void;
  /** The record cannot be read for now, since the registry cannot be asked. */
  waiting?(record: ConsumerRecord, failure: Failure): void;
  /** A record is at its end, and it counts: its partition is still ours. */
  finished?(record: ConsumerRecord, outcome: Outcome): void;
  /** A try to write a dead letter has failed; the record waits, and the next one follows. */
  deadLetterFailed?(record: ConsumerRecord, why: string): void;
  breaker?(change: BreakerChange): void;
  committed?(partitions: number): void;
  commitFailed?(error: unknown): void;
  /** Joined or rejoined the group. */
  rebalanced?(assigned: readonly TopicPartition[]): void;
  /** The partition's flood guard holds it. */
  held?(partition: TopicPartition, why: string): void;
  /** A membership ended by itself; the next one is tried after `inMs`. */
  restarting?(error: unknown, inMs: number): void;
}
