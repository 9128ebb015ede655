import type { Consumer } from "../consumer/consumer.ts";
import type { ConsumerEvents } from "../consumer/events.ts";
import { PAUSE_REASONS } from "../consumer/pauses.ts";
import { coordinates } from "../core/record.ts";
import type { Logger } from "../ops/log.ts";
import type { ConsumerMetrics } from "../ops/metrics.ts";
import type { FailureLines } from "./failure_lines.ts";

/** Turns what the consumer tells of itself into metrics and log lines. */
export function observe(metrics: ConsumerMetrics, log: Logger, failures: FailureLines): ConsumerEvents {
  return {
    handled: (_record, durationMs) => metrics.processingLatency.observe(durationMs / 1_000),
    failed(record, failure, attempt) {
      metrics.processingErrors.inc(failure.reason);
      failures.failed(record, failure, attempt);
    },
    retried: () => metrics.retries.inc(),
    waiting: (_record, failure) => failures.waiting(failure),
    finished(record, outcome) {
      if (outcome.kind === "processed") metrics.messagesProcessed.inc();
      else if (outcome.kind === "skipped") metrics.messagesSkipped.inc();
      else if (outcome.kind === "dead-lettered") {
        const { failure } = outcome;
        metrics.dlqSent.inc(failure.reason);
        if (failure.reason !== "retries-exhausted") metrics.processingErrors.inc(failure.reason);
        log.warn(`Dead letter: ${coordinates(record)}: ${failure.reason}: ${failure.message}`, {
          topic: record.topic,
          partition: record.partition,
          offset: record.offset,
          reason: failure.reason,
        });
      }
    },
    deadLetterFailed: () => metrics.dlqFailures.inc(),
    breaker({ state, worst }) {
      metrics.setBreakerState(worst);
      if (state === "open") metrics.breakerOpened.inc();
    },
    committed: () => metrics.commits.inc(),
    commitFailed(error) {
      metrics.commitFailures.inc();
      log.debug(`Commit refused: ${error instanceof Error ? error.message : error}`);
    },
    rebalanced: () => {
      metrics.rebalances.inc();
      metrics.lag.clear();
    },
    restarting: () => metrics.restarts.inc(),
  };
}

/** Notes what the consumer does not tell by itself; for once a second. */
export function measure(
  consumer: Pick<Consumer<never>, "status" | "lag">,
  metrics: Pick<ConsumerMetrics, "inFlight" | "pausedPartitions" | "lag">,
): void {
  const { inFlight, paused } = consumer.status();
  metrics.inFlight.set(inFlight);
  for (const reason of PAUSE_REASONS) metrics.pausedPartitions.set(reason, paused.get(reason) ?? 0);
  for (const { partition, records } of consumer.lag()) metrics.lag.set(partition, records);
}
