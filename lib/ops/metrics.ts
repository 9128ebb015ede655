/**
 * What the producer and the consumer count. The handles are plain counters: keep them in a local variable and
 * call `inc` and `observe` from the hot path.
 */
import { type Clock, systemClock } from "../core/clock.ts";
import {
  CounterValue,
  type DurationSummary,
  GaugeValue,
  HistogramValue,
  LabelledCounter,
  LabelledGauge,
} from "./metric_values.ts";
import {
  CONSUMER_METRICS as C,
  type MetricDefinition,
  PROCESS_METRICS,
  PRODUCER_METRICS as P,
} from "./metrics_table.ts";
import { METRICS_CONTENT_TYPE, MetricsText } from "./metrics_text.ts";

/** Numbers by the names that a person knows them by: `producer.messages_sent`, `consumer.commits`, … */
export type MetricsSummary = Readonly<Record<string, number | DurationSummary>>;

/** What every set of metrics can do. */
export interface Metrics {
  /** False: no endpoint and no timings; the counters still count, for the line at exit. */
  readonly enabled: boolean;
  readonly contentType: string;
  /** The body of `/metrics`. */
  text(): Promise<string>;
  /** The same numbers, by the names of the summary at exit. Durations are left out when not enabled. */
  summary(): MetricsSummary;
}

/** The producer's handles. In flight is what was sent and neither delivered nor failed, so it cannot drift. */
export interface ProducerMetrics extends Metrics {
  readonly messagesSent: CounterValue;
  readonly deliverySuccess: CounterValue;
  readonly deliveryFailed: CounterValue;
  readonly sendErrors: CounterValue;
  readonly sendLatency: HistogramValue;
  /** By alarm. */
  readonly alarms: LabelledCounter;
  messagesInFlight(): number;
}

/** The states of a circuit breaker, as its series are labelled. */
export type BreakerStateLabel = "closed" | "open" | "half_open";

/** The consumer's handles. */
export interface ConsumerMetrics extends Metrics {
  readonly messagesProcessed: CounterValue;
  readonly messagesSkipped: CounterValue;
  readonly processingErrors: LabelledCounter;
  readonly processingLatency: HistogramValue;
  readonly dlqSent: LabelledCounter;
  readonly dlqFailures: CounterValue;
  readonly retries: CounterValue;
  readonly repeats: CounterValue;
  readonly commits: CounterValue;
  readonly commitFailures: CounterValue;
  readonly breakerOpened: CounterValue;
  readonly inFlight: GaugeValue;
  /** By partition; delete the partition when it goes to someone else, or two processes report it. */
  readonly lag: LabelledGauge;
  /** By reason. */
  readonly pausedPartitions: LabelledGauge;
  /** By kind. */
  readonly schemaLosses: LabelledGauge;
  readonly rebalances: CounterValue;
  readonly restarts: CounterValue;
  setBreakerState(state: BreakerStateLabel): void;
}

/** What the factories take. */
export interface MetricsOptions {
  readonly enabled: boolean;
  readonly clock?: Pick<Clock, "now">;
  /** Resident memory in bytes. */
  readonly residentMemory?: () => number;
}

/** Reasons that have a series from the start; an application's own follow. */
const REASONS = [
  "not-framed",
  "schema-not-found",
  "undecodable",
  "invalid",
  "refused",
  "retries-exhausted",
  "timeout",
  "unavailable",
  "unknown",
];
const ALARMS = ["offsets-reset", "partition-count"];
const PAUSE_REASONS = [
  "room",
  "slow-record",
  "breaker",
  "dead-letter",
  "flood",
  "offset-lost",
  "unreadable",
  "stopping",
];
const LOSS_KINDS = ["dropped", "defaulted", "collapsed", "imprecise"];
const MAX_PARTITION_SERIES = 64;

/** Makes the producer's metrics, all at 0. */
export function createProducerMetrics(options: MetricsOptions): ProducerMetrics {
  const set = new MetricSet(options);
  const messagesSent = set.counter(P.messagesSent);
  const deliverySuccess = set.counter(P.deliverySuccess);
  const deliveryFailed = set.counter(P.deliveryFailed);
  const messagesInFlight = () => messagesSent.value - deliverySuccess.value - deliveryFailed.value;
  set.read(P.messagesInFlight, messagesInFlight);
  return {
    ...set.metrics(),
    messagesSent,
    deliverySuccess,
    deliveryFailed,
    messagesInFlight,
    sendLatency: set.histogram(P.sendLatency),
    sendErrors: set.counter(P.sendErrors),
    alarms: set.labelledCounter(P.alarms, ALARMS),
  };
}

/** Makes the consumer's metrics, all at 0, the breaker closed. */
export function createConsumerMetrics(options: MetricsOptions): ConsumerMetrics {
  const set = new MetricSet(options);
  let breaker: BreakerStateLabel = "closed";
  set.read(
    C.breakerState,
    () => (["closed", "open", "half_open"] as const).map((state) => [state, state === breaker ? 1 : 0]),
  );
  return {
    ...set.metrics(),
    messagesProcessed: set.counter(C.messagesProcessed),
    processingLatency: set.histogram(C.processingLatency),
    processingErrors: set.labelledCounter(C.processingErrors, REASONS),
    dlqSent: set.labelledCounter(C.dlqSent, REASONS),
    dlqFailures: set.counter(C.dlqFailures),
    breakerOpened: set.counter(C.breakerOpened),
    commits: set.counter(C.commits),
    commitFailures: set.counter(C.commitFailures),
    messagesSkipped: set.counter(C.messagesSkipped),
    retries: set.counter(C.retries),
    repeats: set.counter(C.repeats),
    lag: set.labelledGauge(C.lag, new LabelledGauge([], MAX_PARTITION_SERIES)),
    inFlight: set.gauge(C.inFlight),
    pausedPartitions: set.labelledGauge(C.pausedPartitions, new LabelledGauge(PAUSE_REASONS)),
    schemaLosses: set.labelledGauge(C.schemaLosses, new LabelledGauge(LOSS_KINDS)),
    rebalances: set.counter(C.rebalances),
    restarts: set.counter(C.restarts),
    setBreakerState: (state) => void (breaker = state),
  };
}

/** Makes values and remembers how the text and the summary read them. */
class MetricSet {
  readonly #text = new MetricsText();
  readonly #summary: [name: string, read: () => number | DurationSummary][] = [];

  constructor(readonly options: MetricsOptions) {
    const startedAt = (options.clock ?? systemClock).now() / 1000;
    const memory = options.residentMemory ?? (() => Deno.memoryUsage().rss);
    this.#text.add(PROCESS_METRICS.residentMemory, memory);
    this.#text.add(PROCESS_METRICS.startTime, () => startedAt);
  }

  counter(definition: MetricDefinition): CounterValue {
    const value = new CounterValue();
    this.read(definition, () => value.value);
    return value;
  }

  labelledCounter(definition: MetricDefinition, known: readonly string[]): LabelledCounter {
    const value = new LabelledCounter(known);
    this.#text.add(definition, () => value.entries());
    this.#summarise(definition, () => value.value);
    return value;
  }

  gauge(definition: MetricDefinition): GaugeValue {
    const value = new GaugeValue();
    this.read(definition, () => value.value);
    return value;
  }

  labelledGauge(definition: MetricDefinition, value: LabelledGauge): LabelledGauge {
    this.#text.add(definition, () => value.entries());
    return value;
  }

  histogram(definition: MetricDefinition): HistogramValue {
    const value = new HistogramValue(this.options.enabled);
    this.#text.addHistogram(definition, value);
    if (this.options.enabled) this.#summarise(definition, () => value.summary());
    return value;
  }

  read(definition: MetricDefinition, read: () => number | [string, number][]): void {
    this.#text.add(definition, read);
    this.#summarise(definition, () => read() as number); // only metrics of one number have a summary name
  }

  metrics(): Metrics {
    return {
      enabled: this.options.enabled,
      contentType: METRICS_CONTENT_TYPE,
      text: () => this.#text.text(),
      summary: () => Object.fromEntries(this.#summary.map(([name, read]) => [name, read()])),
    };
  }

  #summarise({ summaryName }: MetricDefinition, read: () => number | DurationSummary): void {
    if (summaryName !== undefined) this.#summary.push([summaryName, read]);
  }
}

/** The summary as lines for people, durations in milliseconds. */
export function summaryLines(summary: MetricsSummary): string[] {
  return Object.entries(summary).map(([name, value]) => {
    if (typeof value === "number") return `${name}: ${value.toLocaleString("en-US")}`;
    const ms = (seconds: number) => `${(seconds * 1000).toFixed(1)} ms`;
    return `${name}: p50 ${ms(value.p50)}, p95 ${ms(value.p95)}, p99 ${ms(value.p99)}, avg ${ms(value.avg)}`;
  });
}

/** The counts as one line, as it is logged at exit when ENABLE_METRICS is false. */
export function summaryLine(summary: MetricsSummary): string {
  return Object.entries(summary).flatMap(([name, value]) =>
    typeof value === "number" ? [`${name}=${value}`] : []
  )
    .join(" ");
}

/** The summary as it is logged at exit: a line for each number, or one of counts where metrics are off. */
export function exitLines(metrics: Pick<Metrics, "enabled" | "summary">): string[] {
  return metrics.enabled ? summaryLines(metrics.summary()) : [summaryLine(metrics.summary())];
}
