import { createEncoder } from "@orderline/lib/avro/codec";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { createProducerMetrics } from "@orderline/lib/ops/metrics";
import { loadAppSettings } from "@orderline/schemas/settings";
import { EventProducer } from "@orderline/lib/producer/event_producer";
import { Producer } from "@orderline/lib/producer/producer";
import { type Order, ORDER_SCHEMA_TEXT } from "@orderline/schemas";
import type { Job } from "../job.ts";
import type { SendingPeer } from "../peer.ts";
import { readOrder } from "./order_records.ts";

const { values: defaults } = loadAppSettings({});

/** Our producer as `openEventProducer` builds it by default: every order has an acknowledgement of its own. */
export function connectOurs(job: Job): Promise<SendingPeer> {
  const producer = new Producer({
    open: producerSessions({ brokers: job.brokers, clientId: "orderline-bench-ours" }),
    batch: {
      lingerMs: job.lingerMs,
      maxRecords: defaults.batchMaxRecords,
      maxBytes: defaults.batchMaxBytes,
    },
    metrics: createProducerMetrics({ enabled: true }),
  });
  const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, job.schemaId);
  const byTopic = new Map<string, EventProducer<Order>>();
  const eventsTo = (topic: string) => {
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
      const events = eventsTo(topic);
      let acknowledged = 0;
      const count = () => void acknowledged++;
      for (const order of orders) {
        await producer.room();
        // Nobody takes a rejection: it ends the process, and the run with it.
        void events.send(readOrder(order)).then(count);
      }
      await producer.flush();
      if (acknowledged < orders.length) throw new Error(`${acknowledged} of ${orders.length} acknowledged`);
    },
    async sendOne(topic, order) {
      await eventsTo(topic).send(readOrder(order));
    },
    close: async () => void await producer.close(5_000),
  });
}
