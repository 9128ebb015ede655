import assert from "node:assert/strict";
import { createEncoder } from "@orderline/lib/avro/codec";
import { openRegistry } from "@orderline/lib/avro/open_registry";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { Producer } from "@orderline/lib/producer/producer";
import { type Order, ORDER_SCHEMA_TEXT, valueSubject } from "@orderline/schemas";
import { NumberedOrders } from "./numbered_orders.ts";
import type { RealStack } from "./real_stack.ts";
import { partitionOf } from "./senders.ts";

/** What a topic is filled with. */
export interface Filling {
  readonly topic: string;
  readonly partitions: number;
  readonly records: number;
  readonly users: number;
  readonly seed: number;
  /** Whether this one names the schema and is no order. */
  readonly isPoison?: (number: number, partition: number) => boolean;
}

/** So many are waited for at once. */
const STRIDE = 5_000;

/**
 * Fills a topic of the apps, whose schema is registered, with numbered orders as fast as it takes them. Resolves with how
 * many of them are poison, when all are acknowledged.
 */
export async function fillTopic(stack: RealStack, filling: Filling): Promise<number> {
  const { topic, partitions, records, users, seed, isPoison = () => false } = filling;
  const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, await schemaId(stack, topic));
  const poison = encoder.encode(new NumberedOrders(seed, users).order(0)).slice(0, 8);
  const orders = new NumberedOrders(seed, users);
  const utf8 = new TextEncoder();
  const producer = new Producer({
    open: producerSessions({ brokers: stack.brokers, clientId: "filler" }),
    batch: { lingerMs: 5, maxRecords: 1_000, maxBytes: 900_000 },
  });
  let poisoned = 0;
  const send = (number: number) => {
    const order = orders.order(number);
    const partition = partitionOf(order.user, partitions);
    const isBad = isPoison(number, partition);
    if (isBad) poisoned++;
    const value = isBad ? poison : encoder.encode(order);
    return producer.send({ topic, partition, key: utf8.encode(order.user), value });
  };
  try {
    for (let first = 0; first < records; first += STRIDE) {
      const count = Math.min(STRIDE, records - first);
      await Promise.all(Array.from({ length: count }, (_, index) => send(first + index)));
    }
  } finally {
    await producer.close(10_000);
  }
  const admin = await connectAdmin({ brokers: stack.brokers, clientId: "filler" });
  try {
    const found = (await admin.bounds(topic)).reduce((sum, { start, end }) => sum + end - start, 0);
    // A try that was ambiguous is made again: whoever counts would count wrong.
    assert.equal(
      found,
      records,
      "inconclusive: the topic does not hold what was to be put into it, once each",
    );
  } finally {
    await admin.close();
  }
  return poisoned;
}

async function schemaId({ registryUrl }: RealStack, topic: string): Promise<number> {
  const registry = openRegistry({
    schemaRegistryUrl: registryUrl,
    schemaRegistryUsername: "",
    schemaRegistryPassword: "",
  });
  const id = await registry.idOf(valueSubject(topic), ORDER_SCHEMA_TEXT);
  if (id === undefined) throw new Error(`the schema of ${topic} is not registered`);
  return id;
}
