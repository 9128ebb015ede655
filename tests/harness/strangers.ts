import { createEncoder, type Encoder } from "@orderline/lib/avro/codec";
import { openRegistry } from "@orderline/lib/avro/open_registry";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { EventProducer } from "@orderline/lib/producer/event_producer";
import { Producer } from "@orderline/lib/producer/producer";
import { type Order, ORDER_SCHEMA_TEXT, valueSubject } from "@orderline/schemas";
import { asOrder, makeOrders } from "./order_files.ts";
import type { RealStack } from "./real_stack.ts";

/** What strangers are made of. */
export interface StrangersOptions {
  readonly topic: string;
  readonly partitions: number;
  /** How many versions of the schema, each with an id of its own. */
  readonly schemas: number;
  readonly seed: number;
}

/**
 * Orders written with later versions of the schema, whose ids a consumer has never seen: it has to ask the registry
 * before it can read them. Each is of a user of its own.
 */
export class Strangers implements AsyncDisposable {
  readonly #producer: Producer;
  readonly #send: EventProducer<number>;
  readonly #orders: Order[];
  #sent = 0;

  private constructor(
    stack: RealStack,
    { topic, partitions }: StrangersOptions,
    encoders: readonly Encoder<Order>[],
    orders: Order[],
  ) {
    this.#orders = orders;
    this.#producer = new Producer({
      open: producerSessions({ brokers: stack.brokers, clientId: "strangers" }),
      batch: { lingerMs: 5, maxRecords: 100, maxBytes: 900_000 },
    });
    this.#send = new EventProducer<number>({
      producer: this.#producer,
      topic,
      partitions,
      encode: (number) => encoders[number % encoders.length]!.encode(orders[number]!),
      keyOf: (number) => orders[number]!.user,
    });
  }

  /** Registers the versions; the registry must answer. @param capacity how many can be sent at most. */
  static async prepare(stack: RealStack, options: StrangersOptions, capacity: number): Promise<Strangers> {
    const registry = openRegistry({
      schemaRegistryUrl: stack.registryUrl,
      schemaRegistryUsername: "",
      schemaRegistryPassword: "",
    });
    const encoders: Encoder<Order>[] = [];
    for (let version = 1; version <= options.schemas; version++) {
      const text = laterVersion(version);
      const id = await registry.register(valueSubject(options.topic), text, {
        compatibility: "FULL_TRANSITIVE",
      });
      encoders.push(createEncoder<Order>(text, id));
    }
    const inputs = makeOrders({ count: capacity, users: 1, seed: options.seed });
    const orders = [...inputs].map((input, index) => ({ ...asOrder(input), user: `stranger-${index}` }));
    return new Strangers(stack, options, encoders, orders);
  }

  /** How many are in the log. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends the next one; resolves when it is in the log. */
  async send(): Promise<void> {
    await this.#send.send(this.#sent++);
  }

  /** The ids of the orders that are in the log. */
  get orderIds(): string[] {
    return this.#orders.slice(0, this.#sent).map(({ order_id }) => order_id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.close(10_000);
  }
}

/** The order's schema with a field more, which no reader of ours knows. */
function laterVersion(version: number): string {
  const schema = JSON.parse(ORDER_SCHEMA_TEXT);
  const field = { name: `note_${version}`, type: ["null", "string"], default: null };
  return JSON.stringify({ ...schema, fields: [...schema.fields, field] });
}
