import type { BackoffOptions } from "../core/backoff.ts";
import type { BreakerOptions, BreakerState } from "../core/breaker.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { ConsumerRecord, Message } from "../core/record.ts";
import type { BatchOptions } from "./batches.ts";
import type { DeadLetterHold } from "./dead_letter_holds.ts";
import type { DeadLetterOptions } from "./dead_letter_writer.ts";
import type { DependencyOptions, DependencyStatus } from "./dependencies.ts";
import type { ConsumerEvents } from "./events.ts";
import type { BatchHandler, Handler } from "./handler.ts";
import type { LostOffset } from "./lost_offsets.ts";
import type { CreateMember } from "./membership.ts";
import type { PauseReason } from "./pauses.ts";

/**
 * What a flood of dead letters leads to. `on`: its partition is held, also by the next owners. `off`: nothing.
 * `accept`: what the partitions contain at the first fetch does not count. `forget`: nothing is held that was held
 * before, and the count begins anew.
 */
export type FloodMode = "on" | "off" | "accept" | "forget";

/** What a consumer is built from. */
export interface ConsumerOptions<T> {
  readonly groupId: string;
  readonly createMember: CreateMember;
  /** Throws a `Failure`: permanent for bytes that cannot be read, unavailable when the registry cannot be asked. */
  readonly decode: (value: Uint8Array, signal: AbortSignal) => T | Promise<T>;
  /** The writer schema's id as far as the bytes tell; goes into a dead letter. */
  readonly schemaIdOf?: (value: Uint8Array) => number | undefined;
  /** Throws a permanent `Failure` for a value that breaks a rule. */
  readonly validate?: (message: Message<T>) => void;
  /** The key that the record of this value must have, so that one key is one order of events. */
  readonly keyOf: (value: T) => string;
  /** One message at a time, or {@linkcode handleBatch}: one of the two. */
  readonly handle?: Handler<T>;
  readonly handleBatch?: BatchHandler<T>;
  readonly batch?: BatchOptions;
  /** When the signal of an attempt aborts, and the attempt counts as failed; default 30 s. */
  readonly handlerTimeoutMs?: number;
  readonly deadLetters: DeadLetterOptions;
  readonly sessionTimeoutMs: number;
  readonly maxAttempts?: number;
  readonly backoff?: BackoffOptions;
  readonly breaker?: BreakerOptions;
  /** What handlers cannot do without, by the name that their failures give it. */
  readonly dependencies?: Readonly<Record<string, DependencyOptions>>;
  readonly concurrency?: number;
  /** Records that are read ahead and not at their end; default 4,000. */
  readonly maxInFlight?: number;
  /** The same in bytes of keys, values and headers; default 32 MiB. One fetched batch may go beyond. */
  readonly maxInFlightBytes?: number;
  readonly commitIntervalMs?: number;
  readonly floodGuard?: FloodMode;
  /** The group is no new one: a partition without a commit is a lost position, and stops. Default false. */
  readonly commitsExpected?: boolean;
  /** Lost positions were looked at: go on where the member's `offsetReset` says. Default false: stop there. */
  readonly acceptLostOffsets?: boolean;
  readonly events?: ConsumerEvents;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** What a consumer says of itself. */
export interface ConsumerStatus {
  readonly running: boolean;
  /** Of the dependency that is worst off. */
  readonly circuitBreakerState: BreakerState;
  /** Milliseconds in that state; 0 while closed. */
  readonly circuitBreakerSinceMs: number;
  readonly dependencies: readonly DependencyStatus[];
  /** The handler that has been out of its time for longest and has still not settled; its lane is frozen. */
  readonly stuck: { readonly record: ConsumerRecord; readonly overdueMs: number } | undefined;
  /** Why records cannot be read now: the registry is away. Undefined when they can. */
  readonly waiting: string | undefined;
  readonly joined: boolean;
  /** What ended the last membership; undefined while there was none before this one. */
  readonly lastLoss: string | undefined;
  readonly assigned: number;
  readonly inFlight: number;
  readonly paused: ReadonlyMap<PauseReason, number>;
  /** Partitions held by their flood guard, with the reason. */
  readonly held: readonly { readonly partition: number; readonly why: string }[];
  /** Partitions that wait because the dead letter topic does not take a record of theirs, with what to do. */
  readonly deadLetterHolds: readonly DeadLetterHold[];
  /** Partitions whose next records cannot be read (damaged, packed by an unknown codec), with the reason. */
  readonly unreadable: readonly { readonly partition: number; readonly why: string }[];
  /** A position that is lost: the consumer has stopped reading there, for a person to decide. */
  readonly offsetLost: LostOffset | undefined;
  /** Milliseconds since a record was finished, or since the start. */
  readonly sinceProgressMs: number;
  readonly sinceHeardMs: number;
}
