import { systemClock } from "@orderline/lib/core/clock";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { partitionFor } from "@orderline/lib/producer/partitioner";
import { Producer } from "@orderline/lib/producer/producer";
import { pace } from "../../producer/pace.ts";
import { type KafkaProxy, startKafkaProxy } from "../harness/kafka_proxy.ts";
import { LedgerBook } from "../harness/ledger_book.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { type MixedOrder, MixedOrders } from "./mixed_orders.ts";

/** The producer of all runs, behind a proxy of its own: what it was told is judged by the wire. */
export class Sender implements AsyncDisposable {
  private constructor(readonly producer: Producer, readonly proxy: KafkaProxy) {}

  static async open(stack: RealStack): Promise<Sender> {
    const proxy = await startKafkaProxy({ upstreams: stack.brokers });
    const producer = new Producer({
      open: producerSessions({ brokers: proxy.brokers, clientId: "group-of-four" }),
      batch: { lingerMs: 5, maxRecords: 1_000, maxBytes: 900_000 },
    });
    return new Sender(producer, proxy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.producer.close(5_000);
    await this.proxy.close();
  }
}

/** What a load is made of. */
export interface RunLoadOptions {
  readonly sender: Sender;
  readonly topic: string;
  readonly partitions: number;
  readonly perSecond: number;
  readonly seed: number;
  readonly schemaId: number;
}

/** Orders without a break from the moment it is made until `stop`, with everything that was meant and answered. */
export class RunLoad {
  readonly book = new LedgerBook("sender");
  readonly sent: MixedOrder[] = [];
  readonly #answers: Promise<void>[] = [];
  readonly #orders: MixedOrders;
  readonly #sending: Promise<void>;
  #stopped = false;

  constructor(options: RunLoadOptions) {
    this.#orders = new MixedOrders(options.seed, options.schemaId);
    this.#sending = this.#run(options);
  }

  /** Sends no more; resolves when all has its answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#sending;
    await Promise.all(this.#answers);
  }

  async #run({ sender: { producer }, topic, partitions, perSecond }: RunLoadOptions): Promise<void> {
    const turns = pace({ perSecond, clock: systemClock });
    while (!this.#stopped) {
      await turns.next();
      await producer.room();
      const order = this.#orders.order(this.sent.length);
      this.sent.push(order);
      const record = this.#orders.record(order);
      this.#answers.push(
        this.book.send(
          order,
          () => producer.send({ topic, partition: partitionFor(record.key, partitions), ...record }),
        ),
      );
    }
  }
}
