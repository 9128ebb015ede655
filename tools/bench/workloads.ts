import type { Workload } from "./job.ts";

/** How much of a workload is measured, and of what. */
export interface WorkloadPlan {
  /** What the table is headed with. */
  readonly title: string;
  /** So many take a second or more of everybody's time, so that the clock's grain and a collection do not show. */
  readonly records: number;
  /** Enough for code to be compiled, and for connections, metadata and buffers to have their size. */
  readonly warmUpRecords: number;
  /** So many users who order equally often, where the sample's would measure how long the busiest one takes. */
  readonly users?: number;
}

/** Every workload, with its numbers where nobody gives others. */
export const WORKLOADS: Readonly<Record<Workload, WorkloadPlan>> = {
  produce: {
    title: "produce: validate, encode, key by user, send idempotent with acks=all",
    records: 300_000,
    warmUpRecords: 50_000,
  },
  latency: {
    title: "latency: from the moment an order is due to its acknowledgement, 2,000 orders a second",
    records: 20_000,
    warmUpRecords: 4_000,
  },
  consume: {
    title: "consume: read, decode, do nothing, commit",
    records: 500_000,
    warmUpRecords: 50_000,
  },
  handler: {
    title: "consume with a handler that takes its time",
    records: 150_000,
    warmUpRecords: 10_000,
    users: 10_000,
  },
  store: {
    title: "consume into the SQLite order store",
    records: 150_000,
    warmUpRecords: 15_000,
  },
};

/** The rate of workload `latency`. */
export const LATENCY_RATE = 2_000;
/** Handlers under way at once in workload `handler`. */
export const IN_FLIGHT = 256;
/** How long a record may wait for company, for everybody who gathers batches by time. */
export const LINGER_MS = 5;
