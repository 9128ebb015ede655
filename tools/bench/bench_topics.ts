import { Decoder } from "@orderline/lib/avro/codec";
import { openRegistry } from "@orderline/lib/avro/open_registry";
import type { ConsumerRecord } from "@orderline/lib/core/record";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import type { Admin } from "@orderline/lib/kafka/ports";
import { readTopic } from "@orderline/lib/kafka/topic_reader";
import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import type { Settings } from "@orderline/schemas/settings";
import { reachKafka, reachRegistry, type StartupOptions } from "@orderline/lib/ops/startup";
import { checkOrder, type Order, ORDER_SCHEMA_TEXT, valueSubject } from "@orderline/schemas";

/** As many as `setup` gives the orders topic. */
export const PARTITIONS = 6;
const CLIENT_ID = "orderline-bench";
const LOOKED_AT = 20;
const REGISTRY_TIMEOUT_MS = 5_000;

/** What the bench has in Kafka and the registry, all of it named after the run, and what it finds there. */
export class BenchTopics {
  readonly #settings: Settings;
  readonly #run: string;
  readonly #admin: Admin;
  /** The id that every encoded order names. */
  readonly schemaId: number;
  readonly #topics = new Set<string>();
  readonly #groups = new Set<string>();

  private constructor(settings: Settings, run: string, connected: { admin: Admin; schemaId: number }) {
    this.#settings = settings;
    this.#run = run;
    this.#admin = connected.admin;
    this.schemaId = connected.schemaId;
  }

  /** Connects, and registers the order schema under a subject of the run. */
  static async open(settings: Settings, run: string, startup: StartupOptions): Promise<BenchTopics> {
    const admin = await reachKafka(
      () => connectAdmin({ brokers: settings.kafkaBrokers, clientId: CLIENT_ID }),
      startup,
    );
    try {
      const registry = openRegistry(settings);
      const subject = valueSubject(run);
      const schemaId = await reachRegistry(
        () => registry.register(subject, ORDER_SCHEMA_TEXT, { compatibility: "FULL_TRANSITIVE" }),
        startup,
      );
      return new BenchTopics(settings, run, { admin, schemaId });
    } catch (error) {
      await admin.close();
      throw error;
    }
  }

  /** A new topic of the run. */
  async create(name: string): Promise<string> {
    const topic = `${this.#run}-${name}`;
    this.#topics.add(topic);
    await this.#admin.createTopic({ topic, partitions: PARTITIONS, replication: 1, config: {} });
    return topic;
  }

  async remove(topic: string): Promise<void> {
    await this.#admin.deleteTopic(topic);
    this.#topics.delete(topic);
  }

  /** A group of the run, whose commits are forgotten with it. */
  group(name: string): string {
    const group = `${this.#run}-${name}`;
    this.#groups.add(group).add(`${group}-warm-up`);
    return group;
  }

  /** Throws unless the topic holds exactly so many records: a peer that lost or repeated some was fast for nothing. */
  async requireRecords(topic: string, expected: number): Promise<void> {
    const found = (await this.#admin.bounds(topic)).reduce((sum, { start, end }) => sum + end - start, 0);
    if (found === expected) return;
    throw new CommandError(
      EXIT.failed,
      `${topic} must hold ${expected} records after the run, and holds ${found}`,
    );
  }

  /** Throws unless the first records of every partition are orders by all rules, framed, under their user as the key. */
  async requireOrders(topic: string): Promise<void> {
    const decoder = new Decoder<Order>(ORDER_SCHEMA_TEXT, openRegistry(this.#settings));
    const ranges = (await this.#admin.bounds(topic)).map(({ partition, start, end }) => ({
      partition,
      from: start,
      to: Math.min(end, start + LOOKED_AT),
    }));
    const records: ConsumerRecord[] = [];
    const client = { brokers: this.#settings.kafkaBrokers, clientId: CLIENT_ID };
    await readTopic(client, topic, ranges, (record) => records.push(record));
    for (const { key, value, partition, offset } of records) {
      const order = await decoder.decode(value ?? new Uint8Array());
      const sameKey = key !== null && new TextDecoder().decode(key) === order.user;
      if (sameKey && checkOrder(order).length === 0) continue;
      throw new CommandError(
        EXIT.failed,
        `${topic}[${partition}]@${offset} is not an order by all rules under its user as the key: not the same work`,
      );
    }
  }

  /** Throws unless the group has committed everything: a peer that leaves that out does less. */
  async requireCommitted(group: string, topic: string): Promise<void> {
    const left = (await this.#admin.lag(group, topic)).reduce((sum, { lag }) => sum + lag, 0);
    if (left === 0) return;
    throw new CommandError(
      EXIT.failed,
      `${group} has read all of ${topic}, and ${left} records are not committed`,
    );
  }

  /** Removes all of it and disconnects. */
  async close(): Promise<void> {
    try {
      for (const topic of this.#topics) await this.#admin.deleteTopic(topic);
      const subject = `${this.#settings.schemaRegistryUrl}/subjects/${valueSubject(this.#run)}`;
      const answer = await fetch(subject, {
        method: "DELETE",
        signal: AbortSignal.timeout(REGISTRY_TIMEOUT_MS),
      });
      await answer.body?.cancel();
      for (const group of this.#groups) await this.#admin.deleteGroup(group);
    } finally {
      await this.#admin.close();
    }
  }
}
