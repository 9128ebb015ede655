import { join } from "node:path";
import { createFailureLines } from "@orderline/lib/app/failure_lines";
import { observe } from "@orderline/lib/app/observe";
import { Decoder } from "@orderline/lib/avro/codec";
import { openRegistry } from "@orderline/lib/avro/open_registry";
import { describeProblems } from "@orderline/lib/avro/problem";
import { SchemaCache } from "@orderline/lib/avro/schema_cache";
import { schemaIdOf } from "@orderline/lib/avro/wire_format";
import { Consumer } from "@orderline/lib/consumer/consumer";
import type { ConsumerOptions } from "@orderline/lib/consumer/consumer_options";
import { systemClock } from "@orderline/lib/core/clock";
import { permanent } from "@orderline/lib/core/failure";
import { createGroupMember } from "@orderline/lib/kafka/group_member";
import { configureLogging, getLogger } from "@orderline/lib/ops/log";
import { createConsumerMetrics } from "@orderline/lib/ops/metrics";
import { loadAppSettings } from "@orderline/schemas/settings";
import { checkOrder, type Order, ORDER_SCHEMA_TEXT } from "@orderline/schemas";
import { openOrderStore } from "../../../consumer/order_store/open_order_store.ts";
import { createProcessOrder } from "../../../consumer/process_order.ts";
import type { Job } from "../job.ts";
import type { ReadCount, Source } from "../peer.ts";
import { handleSlowly } from "./slow_handler.ts";

const { values: defaults } = loadAppSettings({});
const STOP_MS = 10_000;

/** What is done with the orders, and what is closed when all are read. */
type Work =
  & Pick<ConsumerOptions<Order>, "handle" | "handleBatch" | "concurrency">
  & Partial<AsyncDisposable>;

/** Our consumer as `consumeEvents` builds it by default, with metrics and commits, on the work that the job asks for. */
export async function consumeOurs(job: Job, { topic, group }: Source, count: ReadCount): Promise<void> {
  configureLogging({ level: "warning", format: "text" });
  const log = getLogger("consumer");
  const registry = openRegistry({ ...defaults, schemaRegistryUrl: job.schemaRegistryUrl });
  const decoder = new Decoder<Order>(ORDER_SCHEMA_TEXT, new SchemaCache(registry, { clock: systemClock }));
  const failures = createFailureLines(log, systemClock);
  const events = observe(createConsumerMetrics({ enabled: true }), log, failures);
  const { [Symbol.asyncDispose]: close, ...work } = await workOf(job, group, count);
  const consumer = new Consumer<Order>({
    ...work,
    groupId: group,
    createMember: (listener) =>
      createGroupMember({
        brokers: job.brokers,
        clientId: "orderline-bench-ours",
        groupId: group,
        topic,
        offsetReset: "earliest",
        sessionTimeoutMs: defaults.sessionTimeoutMs,
      }, listener),
    decode: (value, signal) => decoder.decode(value, signal),
    schemaIdOf,
    validate: ({ value }) => {
      const problems = checkOrder(value);
      if (problems.length > 0) throw permanent("invalid", describeProblems(problems));
    },
    keyOf: (order) => order.user,
    deadLetters: {
      topic: `${topic}-dlq`,
      partitions: job.partitions,
      send: ({ partition }) => Promise.reject(new Error(`an order of partition ${partition} was given up`)),
    },
    sessionTimeoutMs: defaults.sessionTimeoutMs,
    maxInFlight: defaults.maxInFlight,
    events: {
      ...events,
      rebalanced(assigned) {
        events.rebalanced?.(assigned);
        count.assigned();
      },
      finished(record, outcome) {
        events.finished?.(record, outcome);
        count.handled(1);
      },
    },
  });
  consumer.start();
  await count.done;
  await consumer.stop(STOP_MS);
  failures.close();
  await close?.();
}

async function workOf(job: Job, name: string, count: ReadCount): Promise<Work> {
  if (job.workload === "handler") {
    return { handle: () => handleSlowly(job, count), concurrency: job.inFlight };
  }
  if (job.workload === "store") {
    const store = await openOrderStore(`sqlite:${join(job.folder, `${name}.db`)}`);
    const processOrder = createProcessOrder({ store, log: { record: () => {} } });
    return {
      handle: async (message, context) => void await processOrder(message, context),
      concurrency: defaults.concurrency,
      [Symbol.asyncDispose]: () => store.close(),
    };
  }
  const nothing = () => Promise.resolve();
  return job.peer === "ours-each"
    ? { handle: nothing, concurrency: defaults.concurrency }
    : { handleBatch: nothing, concurrency: defaults.concurrency };
}
