/**
 * Every metric of the two applications: the table from which the series, the summary at exit and
 * docs/metrics.md are made.
 */

/** One metric. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** The one label, if it has one; its values come from a closed or bounded set. */
  readonly label?: string;
  /** The name that the summary at exit uses. */
  readonly summaryName?: string;
}

/** What the producer counts. */
export const PRODUCER_METRICS = {
  messagesSent: {
    name: "orderline_producer_messages_sent_total",
    type: "counter",
    help: "Orders handed over for sending: the sum of delivered, failed and in flight.",
    summaryName: "producer.messages_sent",
  },
  deliverySuccess: {
    name: "orderline_producer_delivery_success_total",
    type: "counter",
    help: "Orders that Kafka has acknowledged.",
    summaryName: "producer.delivery_success",
  },
  deliveryFailed: {
    name: "orderline_producer_delivery_failed_total",
    type: "counter",
    help: "Orders that were handed over and not acknowledged.",
    summaryName: "producer.delivery_failed",
  },
  sendLatency: {
    name: "orderline_producer_send_latency_seconds",
    type: "histogram",
    help: "Time from handing an order over to its acknowledgement.",
    summaryName: "producer.send_latency",
  },
  sendErrors: {
    name: "orderline_producer_send_errors_total",
    type: "counter",
    help: "Orders refused before they were handed over: invalid, not encodable, or no room.",
    summaryName: "producer.send_errors",
  },
  messagesInFlight: {
    name: "orderline_producer_messages_in_flight",
    type: "gauge",
    help: "Orders handed over and neither acknowledged nor failed yet.",
  },
  alarms: {
    name: "orderline_producer_alarms_total",
    type: "counter",
    help:
      "Changes of the topic that need a person: its offsets went back (made anew, log cut), its number of partitions changed.",
    label: "alarm",
  },
} as const satisfies Record<string, MetricDefinition>;

/** What the consumer counts. */
export const CONSUMER_METRICS = {
  messagesProcessed: {
    name: "orderline_consumer_messages_processed_total",
    type: "counter",
    help: "Records whose work is durable.",
    summaryName: "consumer.messages_processed",
  },
  processingLatency: {
    name: "orderline_consumer_processing_latency_seconds",
    type: "histogram",
    help: "Time that the handler took for one record, without the waits between attempts.",
    summaryName: "consumer.processing_latency",
  },
  processingErrors: {
    name: "orderline_consumer_processing_errors_total",
    type: "counter",
    help: "Attempts that failed, by reason.",
    label: "reason",
    summaryName: "consumer.processing_errors",
  },
  dlqSent: {
    name: "orderline_consumer_dlq_sent_total",
    type: "counter",
    help: "Records that the dead letter topic has acknowledged, by reason.",
    label: "reason",
    summaryName: "consumer.dlq_sent",
  },
  dlqFailures: {
    name: "orderline_consumer_dlq_failures_total",
    type: "counter",
    help: "Tries to write a dead letter that failed; the record waits and is tried again.",
  },
  breakerOpened: {
    name: "orderline_consumer_circuit_breaker_opened_total",
    type: "counter",
    help: "How often the circuit breaker has opened.",
    summaryName: "consumer.circuit_breaker_open",
  },
  breakerState: {
    name: "orderline_consumer_circuit_breaker_state",
    type: "gauge",
    help: "1 for the state that the circuit breaker is in, 0 for the others.",
    label: "state",
  },
  commits: {
    name: "orderline_consumer_commits_total",
    type: "counter",
    help: "Offset commits that the group has accepted.",
    summaryName: "consumer.commits",
  },
  commitFailures: {
    name: "orderline_consumer_commit_failures_total",
    type: "counter",
    help: "Offset commits that failed; the work is committed later or done again.",
  },
  messagesSkipped: {
    name: "orderline_consumer_messages_skipped_total",
    type: "counter",
    help: "Records with nothing to do: tombstones, and records meant for another group.",
    summaryName: "consumer.messages_skipped",
  },
  retries: {
    name: "orderline_consumer_retries_total",
    type: "counter",
    help: "Attempts after the first.",
    summaryName: "consumer.retries",
  },
  repeats: {
    name: "orderline_consumer_repeats_total",
    type: "counter",
    help: "Orders that the store already had, the same in every field: without a second effect.",
    summaryName: "consumer.repeats",
  },
  lag: {
    name: "orderline_consumer_lag_records",
    type: "gauge",
    help:
      "Records between the committed offset and the end of the partition; beyond 64 partitions the rest as one sum.",
    label: "partition",
  },
  inFlight: {
    name: "orderline_consumer_in_flight",
    type: "gauge",
    help: "Records admitted and not finished yet.",
  },
  pausedPartitions: {
    name: "orderline_consumer_paused_partitions",
    type: "gauge",
    help: "Partitions that are paused, by reason; one partition may have several reasons.",
    label: "reason",
  },
  rebalances: {
    name: "orderline_consumer_rebalances_total",
    type: "counter",
    help: "How often the group has been joined again.",
  },
  schemaLosses: {
    name: "orderline_consumer_schema_losses",
    type: "gauge",
    help:
      "What our schema makes of the other schemas met since the start, in fields and symbols: dropped, read as their default (defaulted), as another symbol (collapsed), or rounded (imprecise).",
    label: "kind",
  },
  restarts: {
    name: "orderline_consumer_restarts_total",
    type: "counter",
    help: "How often the consumer was replaced by a new one after a failure.",
  },
} as const satisfies Record<string, MetricDefinition>;

/** What both show about their process. */
export const PROCESS_METRICS = {
  residentMemory: {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory of the process in bytes.",
  },
  startTime: {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "Start of the process in seconds since 1970.",
  },
} as const satisfies Record<string, MetricDefinition>;

/** The table as documentation. */
export function renderMetricsTable(): string {
  const rows = [PRODUCER_METRICS, CONSUMER_METRICS, PROCESS_METRICS].flatMap((table) =>
    Object.values<MetricDefinition>(table)
  );
  return [
    "| Metric | Type | Label | In the summary | Meaning |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(({ name, type, label, summaryName, help }) =>
      `| \`${name}\` | ${type} | ${label ? `\`${label}\`` : ""} | ${
        summaryName ? `\`${summaryName}\`` : ""
      } | ${help} |`
    ),
  ].join("\n") + "\n";
}
