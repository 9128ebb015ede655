import { systemClock } from "@orderline/lib/core/clock";
import type { OpenProducerSession } from "@orderline/lib/kafka/ports";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { loadAppSettings } from "@orderline/schemas/settings";
import { DeliveryError } from "@orderline/lib/producer/delivery_error";
import { EventProducer } from "@orderline/lib/producer/event_producer";
import { Producer } from "@orderline/lib/producer/producer";
import { pace } from "../../producer/pace.ts";
import { ClusterWatch } from "./cluster_watch.ts";
import { LeanLedger, type LedgerCounts } from "./lean_ledger.ts";
import { NumberedOrders, numberOf } from "./numbered_orders.ts";
import type { RealStack } from "./real_stack.ts";
import { scanTopic } from "./scan_topic.ts";
import { StallWatch } from "./stall_watch.ts";

const IN_SYNC_MS = 60_000;

/** What a load is made of. */
export interface OrderLoadOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly users: number;
  readonly seed: number;
  /** The most orders that it can send. */
  readonly capacity: number;
}

/**
 * Numbered orders on their way through our producer, set up as the app sets it up, with everything that was answered
 * kept in a lean ledger.
 */
export class OrderLoad {
  readonly producer: Producer;
  readonly stalls: StallWatch;
  readonly #stack: RealStack;
  readonly #topic: string;
  readonly #orders: NumberedOrders;
  readonly #ledger: LeanLedger;
  readonly #send: EventProducer<number>;
  #next = 0;
  #acked = 0;
  #closing = false;

  constructor(stack: RealStack, { topic, partitions, users, seed, capacity }: OrderLoadOptions) {
    this.#stack = stack;
    this.#topic = topic;
    const orders = this.#orders = new NumberedOrders(seed, users);
    this.#ledger = new LeanLedger({ capacity, userOf: (number) => orders.userOf(number) });
    this.stalls = new StallWatch(partitions, systemClock);
    const { values: { lingerMs, batchMaxRecords, batchMaxBytes } } = loadAppSettings({});
    this.producer = new Producer({
      open: this.#noteAmbiguous(producerSessions({ brokers: stack.brokers, clientId: "orderline-producer" })),
      batch: { lingerMs, maxRecords: batchMaxRecords, maxBytes: batchMaxBytes },
    });
    this.#send = new EventProducer<number>({
      producer: this.producer,
      topic,
      partitions,
      encode: (number) => orders.encoded(number),
      keyOf: (number) => `user-${orders.userOf(number)}`,
    });
  }

  /** Orders that were handed over. */
  get sent(): number {
    return this.#next;
  }

  get acked(): number {
    return this.#acked;
  }

  /**
   * Hands over one order after another, as fast as there is room or at a rate, while `more` says so, there is capacity
   * and nobody closes. Resolves when the last was handed over.
   */
  async run(more: () => boolean, perSecond?: number): Promise<void> {
    const turns = perSecond === undefined ? undefined : pace({ perSecond, clock: systemClock });
    const goesOn = () => more() && !this.#closing && this.#next < this.#ledger.capacity;
    while (goesOn()) {
      await turns?.next();
      await this.producer.room();
      if (goesOn()) void this.#sendOne(this.#next++);
    }
  }

  /** Hands over nothing more and closes the producer: whether all that was handed over had its answer in time. */
  close(timeoutMs: number): Promise<boolean> {
    this.#closing = true;
    return this.producer.close(timeoutMs);
  }

  /**
   * The counts, when every promise holds in the log as a second client reads it; throws otherwise. Once, at the end, when
   * the brokers have been mended.
   */
  async verdict(): Promise<LedgerCounts> {
    // A leader of the past would say that the log ends where it ended for it, and what is behind that would not be read.
    await new ClusterWatch(this.#stack, this.#topic).untilInSync(IN_SYNC_MS);
    await scanTopic(this.#stack, this.#topic, ({ partition, offset, value }) => {
      const number = numberOf(value);
      if (number === undefined || !this.#orders.isExactly(number, value!)) {
        this.#ledger.stranger(`${partition}@${offset} is not the order ${number ?? ""} as it was sent`);
      }
      if (number !== undefined) this.#ledger.found(number, { partition, offset });
    });
    return this.#ledger.verdict();
  }

  async #sendOne(number: number): Promise<void> {
    this.#ledger.sent(number);
    try {
      const at = await this.#send.send(number);
      this.#acked++;
      this.#ledger.acked(number, at);
      this.stalls.acked(at.partition);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      this.#ledger.refused(number, error);
    }
  }

  /** Between our producer and its sessions: a batch whose try ended without a clear answer may be written again. */
  #noteAmbiguous(open: OpenProducerSession): OpenProducerSession {
    return async (onPartitionCount) => {
      const session = await open(onPartitionCount);
      return {
        send: async (target, records) => {
          const answer = await session.send(target, records);
          if (typeof answer !== "number" && !answer.definite) {
            for (const { value } of records) this.#ledger.ambiguous(numberOf(value)!);
          }
          return answer;
        },
        cancel: (target) => session.cancel(target),
        close: (timeoutMs) => session.close(timeoutMs),
      };
    };
  }
}
