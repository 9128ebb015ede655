import kafkajs from "kafkajs";
import { DeliveryError } from "../../lib/producer/delivery_error.ts";
import type { LedgerOrder, Place } from "./ledger_book.ts";
import { orderValue } from "./ledger_log.ts";

/** A producer as kafkajs' manual shows it. */
export interface NaiveProducer {
  /** Resolves with the place that kafkajs says; rejects with a `DeliveryError` of unknown outcome. */
  send(order: LedgerOrder): Promise<Place>;
  close(): Promise<void>;
}

/**
 * The bad control: idempotent, one request in flight, a send for each order, as the manual says for "exactly once".
 *
 * When an answer is lost, kafkajs gives the sequence number of the unanswered send back and lets the next send take it,
 * before it tries again; the broker takes that next order for a repeat, and answers "written". A harness that does not
 * see this would not see it in our own producer either.
 */
export async function naiveProducer(
  { brokers, topic, requestTimeoutMs, retry }: {
    readonly brokers: readonly string[];
    readonly topic: string;
    readonly requestTimeoutMs: number;
    readonly retry: kafkajs.RetryOptions;
  },
): Promise<NaiveProducer> {
  const kafka = new kafkajs.Kafka({
    clientId: "naive-control",
    brokers: [...brokers],
    requestTimeout: requestTimeoutMs,
    retry,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return {
    async send(order) {
      try {
        const [answer] = await producer.send({
          topic,
          messages: [{ key: order.key, value: orderValue(order) }],
        });
        return { partition: answer!.partition, offset: Number(answer!.baseOffset) };
      } catch (error) {
        const { message, type } = error as { message: string; type?: string };
        throw new DeliveryError({ topic, partition: -1 }, {
          definite: false,
          code: type ?? "ERROR",
          message,
        });
      }
    },
    close: () => producer.disconnect(),
  };
}
