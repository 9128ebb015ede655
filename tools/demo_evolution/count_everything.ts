import { DatabaseSync } from "node:sqlite";
import { schemaIdOf } from "@orderline/lib/avro/wire_format";
import { readTopic } from "@orderline/lib/kafka/topic_reader";
import type { OrderInput } from "@orderline/schemas";
import { countBy, type Counts } from "../demo/findings.ts";
import { readDeadLetters } from "../demo/topics.ts";
import { type Consumers, INVENTED_KEY, type Telling, type Told } from "./telling.ts";

/** Stops the consumers, and reads what there is: topics and stores. */
export async function countEverything(
  telling: Telling,
  consumers: Consumers,
): Promise<readonly [string, Pick<Told, "records" | "stored" | "deadLetters">]> {
  const { stage, run, admin } = telling;
  await Promise.all(Object.values(consumers).map((consumer) => stage.stop(consumer)));
  const stored = (name: keyof Consumers) => storedAsSent(consumers[name].storeFile, stage.sent);
  const letters = await readDeadLetters(run, admin);
  return ["consumers stopped (exit code 0); topics and stores read", {
    records: await recordsById(telling),
    stored: { v1: stored("v1"), v2: stored("v2"), cold: stored("cold") },
    deadLetters: countBy(letters.map(({ reason }) => reason)),
  }];
}

async function recordsById({ run: { stack, topic }, admin }: Telling): Promise<Counts> {
  const ids: string[] = [];
  const ranges = (await admin.bounds(topic)).map(({ partition, start, end }) => ({
    partition,
    from: start,
    to: end,
  }));
  const client = { brokers: stack.kafkaBrokers, clientId: "orderline-demo-evolution" };
  await readTopic(client, topic, ranges, ({ key, value }) => {
    if (new TextDecoder().decode(key!) !== INVENTED_KEY) ids.push(`${schemaIdOf(value!)}`);
  });
  return countBy(ids);
}

/** How many of the orders lie in a store exactly as they were sent. */
function storedAsSent(storeFile: string, sent: readonly OrderInput[]): number {
  const db = new DatabaseSync(storeFile, { readOnly: true });
  try {
    const columns = "order_id, user, item, quantity, price, timestamp, priority";
    const rows = db.prepare(`SELECT ${columns} FROM orders`).all();
    const stored = new Set(rows.map((row) => JSON.stringify(Object.values(row))));
    return sent.filter(({ order_id, user, item, quantity, price = null, timestamp, priority }) =>
      stored.has(JSON.stringify([order_id, user, item, quantity, price, timestamp, priority]))
    ).length;
  } finally {
    db.close();
  }
}
