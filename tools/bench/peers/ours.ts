/** Ours, built as `producer/main.ts` and `consumer/main.ts` build it, with the default settings. */
import { createEncoder, Decoder } from "@orderline/lib/avro/codec";
import { openRegistry } from "@orderline/lib/avro/open_registry";
import { describeProblems } from "@orderline/lib/avro/problem";
import { SchemaCache } from "@orderline/lib/avro/schema_cache";
import { schemaIdOf } from "@orderline/lib/avro/wire_format";
import { Consumer } from "@orderline/lib/consumer/consumer";
import type { Handler } from "@orderline/lib/consumer/handler";
import { systemClock } from "@orderline/lib/core/clock";
import { permanent } from "@orderline/lib/core/failure";
import { createGroupMember } from "@orderline/lib/kafka/group_member";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { configureLogging, getLogger } from "@orderline/lib/ops/log";
import { createConsumerMetrics, createProducerMetrics } from "@orderline/lib/ops/metrics";
import { loadAppSettings } from "@orderline/lib/ops/settings_table";
import { EventProducer } from "@orderline/lib/producer/event_producer";
import { Producer } from "@orderline/lib/producer/producer";
import { checkOrder, type Order, ORDER_SCHEMA_TEXT } from "@orderline/schemas";
import { observe } from "../../../consumer/observe.ts";
import { openOrderStore } from "../../../consumer/order_store/open_order_store.ts";
import { createProcessOrder } from "../../../consumer/process_order.ts";
import type { Job } from "../job.ts";
import type { Peer } from "../peer.ts";
import { readOrder } from "./order_records.ts";

const { values: defaults } = loadAppSettings({});
const clientId = "orderline-bench-ours";

/** Our producer, with an acknowledgement for every order, and our consumer. */
export const ours: Peer = {
  connectProducer(job) {
    const producer = new Producer({
      open: producerSessions({ brokers: job.brokers, clientId }),
      batch: {
        lingerMs: job.lingerMs,
        maxRecords: defaults.batchMaxRecords,
        maxBytes: defaults.batchMaxBytes,
      },
      metrics: createProducerMetrics({ enabled: true }),
    });
    const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, job.schemaId);
    const byTopic = new Map<string, EventProducer<Order>>();
    const to = (topic: string) => {
      const known = byTopic.get(topic);
      if (known !== undefined) return known;
      const events = new EventProducer<Order>({
        producer,
        topic,
        partitions: job.partitions,
        encode: (order) => encoder.encode(order),
        keyOf: (order) => order.user,
      });
      byTopic.set(topic, events);
      return events;
    };
    return Promise.resolve({
      async sendAll(topic, orders) {
        const events = to(topic);
        let acknowledged = 0;
        for (const order of orders) {
          await producer.room();
          // A rejection is nobody's: it ends the process, and with it the run.
          void events.send(readOrder(order)).then(() => acknowledged++);
        }
        await producer.flush();
        if (acknowledged < orders.length) throw new Error(`${acknowledged} of ${orders.length} acknowledged`);
      },
      async sendOne(topic, order) {
        await to(topic).send(readOrder(order));
      },
      close: async () => void await producer.close(5_000),
    });
  },

  async consume(job, { topic, group }, count) {
    configureLogging({ level: "warning", format: "text" });
    const registry = openRegistry({ ...defaults, schemaRegistryUrl: job.schemaRegistryUrl });
    const decoder = new Decoder<Order>(ORDER_SCHEMA_TEXT, new SchemaCache(registry, { clock: systemClock }));
    const { handle, close } = await handlerOf(job, group);
    const events = observe(createConsumerMetrics({ enabled: true }), getLogger("consumer"));
    const consumer = new Consumer<Order>({
      groupId: group,
      createMember: (listener) =>
        createGroupMember({
          brokers: job.brokers,
          clientId,
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
      handle,
      deadLetters: {
        topic: `${topic}-dlq`,
        partitions: job.partitions,
        send: () => Promise.reject(new Error("a good order must not be dead-lettered")),
      },
      sessionTimeoutMs: defaults.sessionTimeoutMs,
      concurrency: job.workload === "handler" ? job.inFlight : defaults.concurrency,
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
    await consumer.stop(10_000);
    await close();
  },
};

/** What is done with an order, and what is closed afterwards. */
async function handlerOf(
  job: Job,
  name: string,
): Promise<{ handle: Handler<Order>; close: () => Promise<void> }> {
  const nothingToClose = () => Promise.resolve();
  if (job.workload === "store") {
    const store = await openOrderStore(`sqlite:${job.folder}/${name}.db`);
    const processOrder = createProcessOrder({ store, log: { record: () => {} } });
    return {
      handle: async (message, context) => void await processOrder(message, context),
      close: () => store.close(),
    };
  }
  if (job.workload === "handler") {
    return { handle: () => systemClock.sleep(job.handlerMs), close: nothingToClose };
  }
  return { handle: () => Promise.resolve(), close: nothingToClose };
}
