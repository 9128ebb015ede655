/** kafkajs as its manual shows, without any change of ours: nothing here may load `lib/kafka/`. */
import kafkajs from "kafkajs";
import type { Job } from "../job.ts";
import type { Peer, SendingPeer } from "../peer.ts";
import { orderRecords } from "./order_records.ts";
import { decodeOrder } from "./raw_avsc.ts";
import { handleSlowly } from "./slow_handler.ts";

const BATCH = 1_000;
const clientId = "orderline-bench-kafkajs";

function client(job: Job): kafkajs.Kafka {
  return new kafkajs.Kafka({ clientId, brokers: [...job.brokers], logLevel: kafkajs.logLevel.ERROR });
}

async function connectProducer(job: Job, batch: number): Promise<SendingPeer> {
  const record = orderRecords(job.schemaId);
  const producer = client(job).producer({
    idempotent: true,
    maxInFlightRequests: 1, // more than one, and it loses orders when an answer is lost
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return {
    async sendAll(topic, orders) {
      for (let start = 0; start < orders.length; start += batch) {
        const messages = orders.slice(start, start + batch).map(record);
        await producer.send({ topic, acks: -1, messages });
      }
    },
    async sendOne(topic, order) {
      await producer.send({ topic, acks: -1, messages: [record(order)] });
    },
    close: () => producer.disconnect(),
  };
}

/** `send` of 1,000 orders, one after the other; reading by `eachBatch`, or by `eachMessage` where the handler waits. */
export const kafkajsByBatch: Peer = {
  connectProducer: (job) => connectProducer(job, BATCH),
  async consume(job, { topic, group }, count) {
    const consumer = client(job).consumer({ groupId: group });
    consumer.on(consumer.events.GROUP_JOIN, () => count.assigned());
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run(
      job.workload === "handler"
        ? {
          partitionsConsumedConcurrently: job.partitions,
          eachMessage: async ({ message }) => {
            decodeOrder(message.value!);
            await handleSlowly(job, count);
            count.handled(1);
          },
        }
        : {
          eachBatch: async ({ batch: { messages } }) => {
            for (const { value } of messages) decodeOrder(value!);
            count.handled(messages.length);
            await Promise.resolve();
          },
        },
    );
    await count.done;
    await consumer.disconnect();
  },
};

/** `await send` of one order after the other, as most programs do it. */
export const kafkajsOneByOne: Peer = { connectProducer: (job) => connectProducer(job, 1) };
