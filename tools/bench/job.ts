/**
 * What a peer is asked to do, and what it answers. Both travel as JSON between the bench and the process of the peer,
 * so they hold values only.
 */

/** What can be compared. Each has its own work, the same for every peer that takes part. */
export type Workload = "produce" | "latency" | "consume" | "handler" | "store";

/** One run of one peer. */
export interface Job {
  readonly workload: Workload;
  readonly peer: string;
  readonly brokers: readonly string[];
  readonly schemaRegistryUrl: string;
  readonly schemaId: number;
  /** Where it counts: six partitions, empty for those who produce, filled for those who consume. */
  readonly topic: string;
  readonly records: number;
  /** The same work again, before it counts: what is compiled, connected and learned then is not timed. */
  readonly warmUp: { readonly topic: string; readonly records: number };
  readonly partitions: number;
  /** Orders as people write them, one in a line, as many as `records` or more. */
  readonly ordersFile: string;
  readonly lingerMs: number;
  /** Groups begin with this; each is used once. */
  readonly group: string;
  /** What a handler waits before it is done. */
  readonly handlerMs: number;
  /** Handlers under way at the same time, where the peer can do that. */
  readonly inFlight: number;
  readonly ratePerSecond: number;
  /** A folder for files of the run. */
  readonly folder: string;
}

/** How long orders waited for something, in milliseconds. */
export interface Waits {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What one run came to. */
export interface Measured {
  /** Orders that were acknowledged, or handled. */
  readonly records: number;
  readonly ms: number;
  /** Workload `latency`: from the moment an order is due to its acknowledgement. */
  readonly acknowledgedMs?: Waits;
  /** Workload `handler`: how long a handler took on average, longer than it was asked to where timers come late. */
  readonly handlerMs?: number;
  /** The longest time in which nothing else could run. */
  readonly longestStallMs?: number;
}
