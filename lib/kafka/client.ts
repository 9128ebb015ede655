import kafkajs from "kafkajs";
import net from "node:net";
import tls from "node:tls";
import { getLogger } from "../ops/log.ts";
import { applyKafkajsFixes } from "./fixes.ts";

/** How to reach the brokers. */
export interface ClientOptions {
  /** `host:port`; the first that answers tells of the others. */
  readonly brokers: readonly string[];
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string;
  /** A request unanswered for this long has failed, and its connection with it: default 14 seconds. */
  readonly requestTimeoutMs?: number;
  readonly retry?: {
    readonly retries: number;
    readonly initialRetryTime: number;
    readonly maxRetryTime: number;
  };
}

const CONNECTION_TIMEOUT_MS = 5_000;
/**
 * Above what a cluster takes to notice a broker that stands still and to elect others in its place (9 s of session, and
 * up to 3 s where it was the controller). Below it everyone would ask again while the metadata is old, be sent to the
 * same broker, and wait as long again.
 */
const REQUEST_TIMEOUT_MS = 14_000;

/**
 * A kafkajs client. One for each producer, consumer and admin: two members of a group that share one mix up their
 * committed offsets.
 */
export function createClient(options: ClientOptions): kafkajs.Kafka {
  applyKafkajsFixes();
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  return new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout,
    enforceRequestTimeout: true,
    // All fields, always: kafkajs' defaults give up after nine seconds, and are others where NODE_ENV is "test".
    retry: {
      factor: 0.2,
      multiplier: 2,
      ...(options.retry ?? { retries: 8, initialRetryTime: 100, maxRetryTime: 1_000 }),
    },
    socketFactory: ({ host, port, ssl, onConnect }) => {
      const socket = ssl
        ? tls.connect({ host, port, ...ssl }, onConnect)
        : net.connect({ host, port }, onConnect);
      socket.setKeepAlive(true, 10_000);
      return socket;
    },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => passOn,
  });
}

const log = getLogger("kafka");

/**
 * Everything of kafkajs is DEBUG: it says ERROR of what is normal in a rebalance or while a broker restarts. What
 * it means for the stream is told by our own lines, one for each change of state.
 */
function passOn({ log: entry }: kafkajs.LogEntry): void {
  const { message, broker, groupId, error } = entry;
  const text = error === undefined || message.includes(error) ? message : `${message}: ${error}`;
  log.debug(`kafkajs: ${text}`, { ...(broker && { broker }), ...(groupId && { group: groupId }) });
}

/** kafkajs' error classes cannot be imported by name; this says what an error of its is. */
export function describeKafkaError(
  error: unknown,
): { name: string; code: string; message: string; retriable: boolean } {
  let root = error as {
    name?: string;
    type?: string;
    message?: string;
    retriable?: boolean;
    cause?: unknown;
    code?: string;
  };
  for (let depth = 0; depth < 5; depth++) {
    const cause = root?.cause as typeof root | undefined;
    if (cause === undefined || cause === null || cause === root || root.type !== undefined) break;
    root = cause;
  }
  return {
    name: root?.name ?? "Error",
    code: root?.type ?? root?.code ?? "UNKNOWN",
    message: root?.message ?? String(error),
    retriable: root?.retriable !== false,
  };
}
