import type { ConsumerStatus } from "../consumer/consumer_options.ts";
import type { Clock } from "../core/clock.ts";
import { coordinates } from "../core/record.ts";
import { createHealth, type Health, type HealthCheck, type HealthResult } from "../ops/health.ts";

/** Without progress and without a known reason for this long, a restart would help. */
const STUCK_MS = 60_000;
/** After its deadline, which is 30 s by default: a handler that never settles is seen within a minute. */
const UNSETTLED_MS = 30_000;

/** What the consumer's health is judged by; `undefined` while it has not started. */
export type ReadStatus = () => ConsumerStatus | undefined;

/** The consumer's answers to probes and people. */
export function consumerHealth(read: ReadStatus, clock: Pick<Clock, "now">): Health {
  return createHealth({
    clock,
    startup: [{
      name: "start",
      check: () =>
        read()?.joined
          ? { status: "healthy", reason: "joined" }
          : { status: "unhealthy", reason: "starting" },
    }],
    live: [liveCheck(read)],
    ready: [readyCheck(read)],
    overall: [readyCheck(read), liveCheck(read)],
    facts: () => facts(read()),
  });
}

/** Ready: joined, and nothing waits for a person. An open breaker is no reason to stop a rollout. */
export function readyCheck(read: ReadStatus): HealthCheck {
  return { name: "consumer", check: () => readiness(read()) };
}

/** Live: it makes progress, or there is a known reason why not. Restarting would mend no outage. */
export function liveCheck(read: ReadStatus): HealthCheck {
  return { name: "progress", check: () => liveness(read()) };
}

function readiness(status: ConsumerStatus | undefined): HealthResult {
  if (status === undefined) return { status: "unhealthy", reason: "starting" };
  if (!status.running) return { status: "unhealthy", reason: "stopping" };
  if (status.offsetLost !== undefined) {
    const { topic, partition, why } = status.offsetLost;
    return {
      status: "unhealthy",
      reason: `the group's position in ${topic}[${partition}] is lost (${why.replaceAll("-", " ")})`,
    };
  }
  if (status.held.length > 0) {
    const list = status.held.map(({ partition, why }) => `${partition} (${why})`).join(", ");
    return { status: "unhealthy", reason: `looks like a bad release: held partitions ${list}` };
  }
  if (status.deadLetterHolds.length > 0) return { status: "unhealthy", reason: deadLettersWait(status) };
  if (status.unreadable.length > 0) return { status: "unhealthy", reason: cannotBeRead(status) };
  if (!status.joined) {
    const why = status.lastLoss === undefined ? "joining" : `joining again, as ${status.lastLoss}`;
    return { status: "unhealthy", reason: `not in the group: ${why}` };
  }
  if (status.circuitBreakerState !== "closed") {
    return { status: "degraded", reason: `circuit breaker ${status.circuitBreakerState.replace("_", " ")}` };
  }
  if (status.waiting !== undefined) {
    return { status: "degraded", reason: `records wait to be read: ${status.waiting}` };
  }
  if (status.assigned === 0) {
    return { status: "degraded", reason: "standing by: the group has more members than partitions" };
  }
  return { status: "healthy", reason: `${status.assigned} partitions, ${status.inFlight} records in flight` };
}

function liveness(status: ConsumerStatus | undefined): HealthResult {
  if (status === undefined) return { status: "healthy", reason: "starting" };
  // A handler that never settles holds its key's records for ever, whatever else goes on: only a restart ends it.
  if (status.stuck !== undefined && status.stuck.overdueMs >= UNSETTLED_MS) {
    return {
      status: "unhealthy",
      reason: `the handler of ${coordinates(status.stuck.record)} has been out of its time for ${
        seconds(status.stuck.overdueMs)
      } and has not settled`,
    };
  }
  const known = knownReason(status);
  if (known !== undefined) return { status: known.ok ? "healthy" : "degraded", reason: known.reason };
  if (status.sinceHeardMs > STUCK_MS) {
    return {
      status: "degraded",
      reason: `the group has not heard from us for ${seconds(status.sinceHeardMs)}`,
    };
  }
  if (status.sinceProgressMs <= STUCK_MS) return { status: "healthy", reason: "making progress" };
  return {
    status: "unhealthy",
    reason: `${status.inFlight} records are in flight and none was finished for ${
      seconds(status.sinceProgressMs)
    }`,
  };
}

function knownReason(status: ConsumerStatus): { ok: boolean; reason: string } | undefined {
  if (!status.running) return { ok: true, reason: "stopping" };
  // A probe that never ends is no outage: it is our handler that hangs.
  const probing = status.circuitBreakerState === "half_open" && status.circuitBreakerSinceMs > STUCK_MS;
  if (status.circuitBreakerState !== "closed" && !probing) {
    return { ok: false, reason: "paused by the circuit breaker" };
  }
  if (status.held.length > 0) return { ok: false, reason: "partitions are held for a person to look" };
  if (status.deadLetterHolds.length > 0) return { ok: false, reason: deadLettersWait(status) };
  if (status.unreadable.length > 0) return { ok: false, reason: cannotBeRead(status) };
  if (status.waiting !== undefined) {
    return { ok: false, reason: `records wait to be read: ${status.waiting}` };
  }
  if (status.inFlight === 0) return { ok: true, reason: "idle: nothing is waiting" };
  return undefined;
}

/** The partitions that wait, and for each reason once what to do. */
function deadLettersWait({ deadLetterHolds }: ConsumerStatus): string {
  const list = deadLetterHolds.map(({ partition }) => partition).sort((a, b) => a - b).join(", ");
  const reasons = new Set(deadLetterHolds.map(({ why }) => why));
  return `dead letters of partitions ${list} cannot be written: ${[...reasons].join("; ")}`;
}

function cannotBeRead({ unreadable }: ConsumerStatus): string {
  return `partitions cannot be read on: ${unreadable.map(({ why }) => why).join("; ")}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}

/** What `/health` says beside the checks. */
function facts(status: ConsumerStatus | undefined): Record<string, unknown> {
  if (status === undefined) return { running: false, circuit_breaker_state: "closed" };
  return {
    running: status.running,
    circuit_breaker_state: status.circuitBreakerState,
    circuit_breakers: Object.fromEntries(status.dependencies.map(({ name, state }) => [name, state])),
    assigned_partitions: status.assigned,
    in_flight: status.inFlight,
    paused: Object.fromEntries(status.paused),
    held_partitions: status.held,
  };
}
