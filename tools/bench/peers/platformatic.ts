import { Buffer } from "node:buffer";
import { compatibilityPartitioner, Consumer, ProduceAcks, Producer } from "@platformatic/kafka";
import type { Job } from "../job.ts";
import type { Peer, ReadCount } from "../peer.ts";
import { orderRecords } from "./order_records.ts";
import { decodeOrder } from "./raw_avsc.ts";
import { handleSlowly } from "./slow_handler.ts";

const clientId = "orderline-bench-platformatic";
/** What it was fastest with, of 500 to 20,000. */
const BATCH = 1_000;
/** Sends under way: it writes one request to a broker at a time, and encodes the next meanwhile. */
const SENDS = 2;

/** @platformatic/kafka with batches as it likes them best. */
export const platformatic: Peer = {
  connectProducer(job) {
    const record = orderRecords(job.schemaId);
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
      clientId,
      bootstrapBrokers: [...job.brokers],
      idempotent: true,
      acks: ProduceAcks.ALL,
      autocreateTopics: false,
      partitioner: compatibilityPartitioner,
    });
    const send = async (topic: string, orders: readonly unknown[]) => {
      await producer.send({
        messages: orders.map((order) => {
          const { key, value } = record(order);
          return { topic, key: Buffer.from(key), value };
        }),
      });
    };
    return Promise.resolve({
      async sendAll(topic, orders) {
        let next = 0;
        const sendInTurn = async () => {
          while (next < orders.length) {
            const start = next;
            next += BATCH;
            await send(topic, orders.slice(start, start + BATCH));
          }
        };
        await Promise.all(Array.from({ length: SENDS }, sendInTurn));
      },
      sendOne: (topic, order) => send(topic, [order]),
      close: () => producer.close(),
    });
  },
  async consume(job, { topic, group }, count) {
    const consumer = new Consumer<Buffer, unknown, Buffer, Buffer>({
      clientId,
      bootstrapBrokers: [...job.brokers],
      groupId: group,
      deserializers: { value: (value) => decodeOrder(value!) },
    });
    consumer.on("consumer:group:join", () => count.assigned());
    const stream = await consumer.consume({ topics: [topic], mode: "committed", fallbackMode: "earliest" });
    if (job.workload === "handler") void handleSideBySide(job, stream, count);
    else stream.on("data", () => count.handled(1));
    await count.done;
    await stream.close();
    // Of what it has read while a commit was under way, closing leaves some uncommitted.
    const offsets = [...stream.offsetsToCommit.values()];
    if (offsets.length > 0) await consumer.commit({ offsets });
    await consumer.close(true);
  },
};

/** So many messages at a time, whatever their keys: it has no order to keep. */
async function handleSideBySide(job: Job, messages: AsyncIterable<unknown>, count: ReadCount): Promise<void> {
  let running = 0;
  let wake = () => {};
  for await (const _ of messages) {
    if (running === job.inFlight) await new Promise<void>((resolve) => wake = resolve);
    running++;
    void handleSlowly(job, count).then(() => {
      running--;
      wake();
      count.handled(1);
    });
  }
}
