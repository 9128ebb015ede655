import { KafkaJSConnectionClosedError, KafkaJSConnectionError } from "kafkajs/src/errors.js";
import Connection from "kafkajs/src/network/connection.js";
import { CONNECTION_STATUS } from "kafkajs/src/network/connectionStatus.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { systemClock } from "../core/clock.ts";

/** Mends what kafkajs does wrong with connections, for every client of the process. */
export function fixConnections(): void {
  throttleByMonotonicTime();
  endSilentConnections();
  startEveryConnectionClean();
  connectOnce();
}

// deno-lint-ignore no-explicit-any -- kafkajs' inner modules carry no types
type Inner = any;

const CHECK_EACH_MS = 100;
const STOOD_STILL_MS = 1_000;
/** So long after a silence its connection is not opened again: who wants the broker asks first who leads now. */
const SILENT_REST_MS = 1_000;
const HANDSHAKE = new Set(["ApiVersions", "SaslHandshake", "SaslAuthenticate"]);
/** Questions that any broker answers from memory: one that does not is asked in vain, and another would know. */
const QUICK = new Set([...HANDSHAKE, "Metadata"]);
const QUICK_MS = 1_000;

/**
 * A broker that asks for a pause is left alone for that long. kafkajs reads the wall clock for it: set back an hour, a
 * connection would rest for an hour. And after every answer it arms a timer for waiting requests even if there are
 * none, which arms itself again: about 700 wake-ups a second for each idle connection, for ever.
 */
function throttleByMonotonicTime(): void {
  RequestQueue.prototype.maybeThrottle = function (this: Inner, pauseMs: number | null) {
    if (pauseMs) this.throttledUntil = Math.max(this.throttledUntil, systemClock.monotonic() + pauseMs);
  };
  RequestQueue.prototype.canSendSocketRequestImmediately = function (this: Inner) {
    const hasRoom = this.inflight.size < (this.maxInFlightRequests ?? Infinity);
    return hasRoom && this.throttledUntil <= systemClock.monotonic();
  };
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: Inner) {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId) return;
    const delayMs = Math.max(this.throttledUntil - systemClock.monotonic(), 10);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, delayMs);
  };
}

/**
 * An answer that does not come in time ends its connection, as in Kafka's own client. kafkajs would reject the request
 * and ask the same broker again over the same socket: a leader that stands still would be asked for ever, since only a
 * lost connection makes kafkajs ask who leads now. kafkajs also measures by the wall clock, and stops looking when the
 * connection ends, although a request may still slip in behind it.
 */
function endSilentConnections(): void {
  const sentAt = new WeakMap<object, number>();
  const send = RequestQueue.prototype.sendSocketRequest;
  RequestQueue.prototype.sendSocketRequest = function (this: Inner, request: Inner) {
    send.call(this, request);
    sentAt.set(request, systemClock.monotonic());
    this.stopChecking ??= checkForSilence(this, sentAt);
  };
  RequestQueue.prototype.scheduleRequestTimeoutCheck = () => {};
  const connect = Connection.prototype.connect;
  Connection.prototype.connect = function (this: Inner) {
    // Sends that waited behind the unanswered one still hold this connection: each would be as long unanswered in turn.
    if (systemClock.monotonic() - (this.silentAt ?? -Infinity) < SILENT_REST_MS) {
      return Promise.reject(silence(this));
    }
    this.requestQueue.onSilence = () => {
      this.silentAt = systemClock.monotonic();
      this.connectionStatus = CONNECTION_STATUS.DISCONNECTED;
      this.authenticatedAt = null;
      abandon(this.socket);
      this.rejectRequests(silence(this));
    };
    return connect.call(this);
  };
}

/** By one error kafkajs goes to another seed or asks who leads, by the other it forgets the broker's connections. */
function silence({ host, port, requestQueue }: Inner): Error {
  const requests: Inner[] = [...requestQueue.inflight.values()];
  const broker = `${host}:${port}`;
  return requests.length > 0 && requests.every(({ entry }) => HANDSHAKE.has(entry.apiName))
    ? new KafkaJSConnectionError(`${broker} took the connection and did not answer`, { broker })
    : new KafkaJSConnectionClosedError(`${broker} did not answer in time`, { host, port });
}

function checkForSilence(queue: Inner, sentAt: WeakMap<object, number>): () => void {
  const everyMs = Math.min(queue.requestTimeout, CHECK_EACH_MS);
  let checkedAt = systemClock.monotonic();
  const stop = systemClock.every(everyMs, () => {
    const now = systemClock.monotonic();
    // This process stood still: the answers may be here, unread.
    const stoodStill = now - checkedAt > STOOD_STILL_MS;
    checkedAt = now;
    const inflight: Inner[] = [...queue.inflight.values()];
    if (inflight.length === 0) {
      stop();
      queue.stopChecking = undefined;
    } else if (!stoodStill && inflight.some((request) => now - sentAt.get(request)! > patienceMs(request))) {
      queue.onSilence();
    }
  });
  return stop;
}

function patienceMs({ entry, requestTimeout }: Inner): number {
  if (!QUICK.has(entry.apiName)) return requestTimeout;
  return Math.min(requestTimeout, Math.max(QUICK_MS, requestTimeout / 3));
}

/**
 * A connection that was reset in the middle of an answer keeps the half answer: on the new socket the next answer would
 * be appended to it, and every request from then on would time out. And the old socket still has its listeners: what it
 * says late, an answer or its end, would be taken for the new one's.
 */
function startEveryConnectionClean(): void {
  const connect = Connection.prototype.connect;
  Connection.prototype.connect = function (this: Inner) {
    if (!this.isConnected()) {
      if (this.socket) abandon(this.socket);
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = 4; // the size that stands in front of every answer
    }
    return connect.call(this);
  };
}

function abandon(socket: Inner): void {
  socket.removeAllListeners();
  socket.on("error", () => {});
  socket.destroy();
}

/** Concurrent requests on a dropped connection each open a socket; all but the last leak, open, for ever. */
function connectOnce(): void {
  const connect = Connection.prototype.connect;
  const connecting = new WeakMap<object, Promise<unknown>>();
  Connection.prototype.connect = function (this: Inner) {
    const running = connecting.get(this);
    if (running) return running;
    const started = Promise.resolve(connect.call(this)).finally(() => connecting.delete(this));
    connecting.set(this, started);
    return started;
  };
}
