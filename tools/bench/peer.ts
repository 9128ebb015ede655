import type { Job } from "./job.ts";

/** A client that sends, connected. */
export interface SendingPeer {
  /** Sends all and resolves when the last is acknowledged. Rejects when one is not, or is no valid order. */
  sendAll(topic: string, orders: readonly unknown[]): Promise<void>;
  /** Sends one and resolves when it is acknowledged. */
  sendOne?(topic: string, order: unknown): Promise<void>;
  close(): Promise<void>;
}

/** What is read, and up to where. */
export interface Source {
  readonly topic: string;
  readonly group: string;
  readonly records: number;
}

/** What the reading peer tells. */
export interface ReadCount {
  /** The partitions are ours: from here on it is timed. */
  assigned(): void;
  /** So many records more were handled. */
  handled(records: number): void;
  /** A handler took so long. */
  took(ms: number): void;
  /** Resolves when all were handled. */
  readonly done: Promise<void>;
}

/** A client in JavaScript. Each of its processes plays one part. */
export interface Peer {
  connectProducer?(job: Job): Promise<SendingPeer>;
  /** Joins a new group, reads from the start until `count.done`, commits what it has read, and leaves. */
  consume?(job: Job, source: Source, count: ReadCount): Promise<void>;
}
