import { createEncoder, Decoder } from "@orderline/lib/avro/codec";
import { openRegistry } from "@orderline/lib/avro/open_registry";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import type { Admin } from "@orderline/lib/kafka/ports";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { readTopic } from "@orderline/lib/kafka/topic_reader";
import { Producer } from "@orderline/lib/producer/producer";
import { type Order, ORDER_SCHEMA_TEXT, orderToJson, valueSubject } from "@orderline/schemas";
import { type DeadLetterView, viewDeadLetter } from "../dlq/dead_letter_view.ts";
import { type RawRecord, rawRecords } from "./bad_inputs.ts";
import type { DemoRun, RunNames, StackAddress } from "./demo_run.ts";

const CLIENT_ID = "orderline-demo";
const REGISTRY_TIMEOUT_MS = 5_000;

/** Connects to the stack's Kafka. */
export function connect({ kafkaBrokers }: StackAddress): Promise<Admin> {
  return connectAdmin({ brokers: kafkaBrokers, clientId: CLIENT_ID });
}

/** How many records the topic holds. */
export async function countRecords(admin: Admin, topic: string): Promise<number> {
  return (await admin.bounds(topic)).reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Removes the run's topics, its group and its subject in the registry; whatever else uses the same schema keeps its id. */
export async function removeTraces(
  stack: StackAddress,
  { topic, deadLetterTopic, group }: RunNames,
): Promise<void> {
  const admin = await connect(stack);
  try {
    const there = await admin.topics([topic, deadLetterTopic]);
    for (const name of there.keys()) await admin.deleteTopic(name);
    await admin.deleteGroup(group);
  } finally {
    await admin.close();
  }
  const subject = `${stack.schemaRegistryUrl}/subjects/${valueSubject(topic)}`;
  const answer = await fetch(subject, { method: "DELETE", signal: AbortSignal.timeout(REGISTRY_TIMEOUT_MS) });
  await answer.body?.cancel(); // 404 when the run did not come that far
}

/** The id under which the run's schema is registered. */
export async function schemaIdOf(run: DemoRun): Promise<number> {
  const id = await registryOf(run.stack).idOf(valueSubject(run.topic), ORDER_SCHEMA_TEXT, run.signal);
  if (id === undefined) throw new Error(`${valueSubject(run.topic)} is not registered after setup`);
  return id;
}

/** Writes the raw records, spread over the partitions, past everything that would have refused them. */
export async function sendRawRecords(
  run: DemoRun,
  { schemaId, partitions }: { readonly schemaId: number; readonly partitions: number },
): Promise<readonly RawRecord[]> {
  const encoder = createEncoder<Order>(ORDER_SCHEMA_TEXT, schemaId);
  const records = rawRecords((order) => encoder.encode(order));
  const producer = new Producer({
    open: producerSessions({ brokers: run.stack.kafkaBrokers, clientId: CLIENT_ID }),
    batch: { lingerMs: 5, maxRecords: 100, maxBytes: 900_000 },
    slots: 1,
  });
  try {
    await Promise.all(records.map(({ key, value }, index) =>
      producer.send({
        topic: run.topic,
        partition: index % partitions,
        key: key === null ? null : new TextEncoder().encode(key),
        value,
      })
    ));
    return records;
  } finally {
    await producer.close(5_000);
  }
}

/** Every dead letter of the run. */
export async function readDeadLetters(run: DemoRun, admin: Admin): Promise<readonly DeadLetterView[]> {
  const decoder = new Decoder<Order>(ORDER_SCHEMA_TEXT, registryOf(run.stack));
  const ranges = (await admin.bounds(run.deadLetterTopic)).map(({ partition, start, end }) => ({
    partition,
    from: start,
    to: end,
  }));
  const views: Promise<DeadLetterView>[] = [];
  await readTopic(
    { brokers: run.stack.kafkaBrokers, clientId: CLIENT_ID },
    run.deadLetterTopic,
    ranges,
    (record) => views.push(viewDeadLetter(record, async (value) => orderToJson(await decoder.decode(value)))),
  );
  return await Promise.all(views);
}

function registryOf({ schemaRegistryUrl }: StackAddress) {
  return openRegistry({ schemaRegistryUrl });
}
