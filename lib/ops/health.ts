/**
 * Whether the application is well, as probes and people ask it. Pure: the checks look at what is known already
 * and never wait for anything.
 */
import type { Clock } from "../core/clock.ts";

/** `degraded` is worth a look and no reason to restart or to withhold anything. */
export type HealthStatus = "healthy" | "degraded" | "unhealthy";

/** What one check found. */
export interface HealthResult {
  readonly status: HealthStatus;
  /** In words, for the person who reads the answer. */
  readonly reason: string;
  /** Since when it has been so, epoch milliseconds. */
  readonly since?: number;
}

/** Something that is looked at. A check that throws counts as unhealthy. */
export interface HealthCheck {
  readonly name: string;
  check(): HealthResult;
}

/** The answer to one question, as JSON: the parts of the application's `facts` stand at its top level. */
export interface HealthReport {
  readonly status: HealthStatus;
  readonly checks: Readonly<Record<string, HealthCheckReport>>;
  readonly [fact: string]: unknown;
}

/** One check in a report. */
export interface HealthCheckReport {
  readonly status: HealthStatus;
  readonly reason: string;
  /** ISO 8601. */
  readonly since?: string;
  readonly for_seconds?: number;
}

/** The four questions. */
export interface Health {
  /** Everything together; with `running` and what the application adds. */
  overall(): HealthReport;
  /** Has it finished starting? Once yes, always yes. */
  startup(): HealthReport;
  /** Would a restart help? Unhealthy only without progress and without a known reason. */
  live(): HealthReport;
  /** May a rollout go on? */
  ready(): HealthReport;
}

/** What {@linkcode createHealth} takes. */
export interface HealthOptions {
  readonly startup?: readonly HealthCheck[];
  readonly live?: readonly HealthCheck[];
  readonly ready?: readonly HealthCheck[];
  /** What `/health` looks at; default all of the above, each name once. */
  readonly overall?: readonly HealthCheck[];
  /** What `/health` says beside its status: `running`, `circuit_breaker_state`, … */
  readonly facts?: () => Readonly<Record<string, unknown>>;
  readonly clock: Pick<Clock, "now">;
}

/** Puts checks together. */
export function createHealth(options: HealthOptions): Health {
  const { startup = [], live = [], ready = [], facts, clock } = options;
  const overall = options.overall ?? [...startup, ...live, ...ready];
  let started = false;
  const report = (checks: readonly HealthCheck[]) => reportOn(checks, clock.now());
  return {
    overall() {
      const { status, checks } = report(overall);
      return { status, running: true, ...readFacts(facts), checks };
    },
    startup() {
      const current = report(startup);
      started ||= current.status !== "unhealthy";
      // Afterwards the other questions answer: a broker that is lost later is no failed start.
      return started && current.status === "unhealthy" ? { ...current, status: "healthy" } : current;
    },
    live: () => report(live),
    ready: () => report(ready),
  };
}

/** The HTTP status of a report: 503 only for unhealthy. */
export function httpStatusOf(report: HealthReport): 200 | 503 {
  return report.status === "unhealthy" ? 503 : 200;
}

const SEVERITY: Record<HealthStatus, number> = { healthy: 0, degraded: 1, unhealthy: 2 };

function reportOn(checks: readonly HealthCheck[], now: number): HealthReport {
  let status: HealthStatus = "healthy";
  const reports: Record<string, HealthCheckReport> = {};
  for (const check of checks) {
    if (Object.hasOwn(reports, check.name)) continue;
    const result = resultOf(check);
    if (SEVERITY[result.status] > SEVERITY[status]) status = result.status;
    reports[check.name] = {
      status: result.status,
      reason: result.reason,
      ...(result.since === undefined ? {} : {
        since: new Date(result.since).toISOString(),
        for_seconds: Math.max(0, Math.round((now - result.since) / 1000)),
      }),
    };
  }
  return { status, checks: reports };
}

function resultOf(check: HealthCheck): HealthResult {
  try {
    return check.check();
  } catch (thrown) {
    return { status: "unhealthy", reason: `the check itself failed: ${thrown}` };
  }
}

function readFacts(facts: HealthOptions["facts"]): Readonly<Record<string, unknown>> {
  try {
    return facts?.() ?? {};
  } catch {
    return {};
  }
}
