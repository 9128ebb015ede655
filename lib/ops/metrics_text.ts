/**
 * The metrics in Prometheus' text format. The only file that imports prom-client, with a registry of its own
 * and without the metrics that prom-client would add by itself.
 */
import prometheus from "prom-client";
import { DURATION_BUCKETS, type HistogramValue } from "./metric_values.ts";
import type { MetricDefinition } from "./metrics_table.ts";

/** The content type of the text. */
export const METRICS_CONTENT_TYPE: string = prometheus.Registry.PROMETHEUS_CONTENT_TYPE;

/** What a series is read from when it is asked for: one number, or one per value of the label. */
export type ReadValue = () => number | readonly (readonly [label: string, value: number])[];

/** Turns metric definitions and the numbers behind them into text. */
export class MetricsText {
  readonly #registry = new prometheus.Registry();

  /** Adds a counter or a gauge. */
  add(definition: MetricDefinition, read: ReadValue): void {
    const { name, help, label } = definition;
    const shared = {
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#registry],
    };
    const set = (write: { reset(): void; inc(labels: Record<string, string>, value: number): void }) => {
      write.reset();
      const value = read();
      if (typeof value === "number") write.inc({}, value);
      else for (const [labelValue, number] of value) write.inc({ [label ?? "label"]: labelValue }, number);
    };
    if (definition.type === "counter") {
      new prometheus.Counter({
        ...shared,
        collect() {
          set(this);
        },
      });
    } else {
      new prometheus.Gauge({
        ...shared,
        collect() {
          set(this);
        },
      });
    }
  }

  /** Adds a histogram. */
  addHistogram({ name, help }: MetricDefinition, source: HistogramValue): void {
    new SharedHistogram({ name, help, buckets: [...DURATION_BUCKETS], registers: [this.#registry] }, source);
  }

  /** All of it, as `/metrics` answers. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** prom-client's histogram, showing the numbers that are kept in ours. */
class SharedHistogram extends prometheus.Histogram {
  readonly #definition: { readonly name: string; readonly help: string };
  readonly #source: HistogramValue;

  constructor(configuration: prometheus.HistogramConfiguration<string>, source: HistogramValue) {
    super(configuration);
    this.#definition = configuration;
    this.#source = source;
  }

  /** What the registry calls for its text, and `get` for JSON (prom-client's types leave it out). */
  getForPromString(): Promise<unknown> {
    const { name, help } = this.#definition;
    const { counts, count, sum } = this.#source;
    const value = (suffix: string, number: number, labels: { le?: number | string } = {}) => ({
      metricName: `${name}_${suffix}`,
      value: number,
      labels,
      sharedLabels: {},
    });
    let cumulative = 0;
    const buckets = DURATION_BUCKETS.map((le, bucket) => {
      cumulative += counts[bucket] ?? 0;
      return value("bucket", cumulative, { le });
    });
    const values = [
      ...buckets,
      value("bucket", count, { le: "+Inf" }),
      value("sum", sum),
      value("count", count),
    ];
    return Promise.resolve({ name, help, type: "histogram", values, aggregator: "sum" });
  }
}
