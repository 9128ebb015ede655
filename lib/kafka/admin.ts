import kafkajs from "kafkajs";
import { systemClock } from "../core/clock.ts";
import { unavailable } from "../core/failure.ts";
import { settleWithin } from "../core/settle_within.ts";
import { type ClientOptions, createClient, describeKafkaError } from "./client.ts";
import type { Admin, PartitionLag } from "./ports.ts";

const GROUP_ID_NOT_FOUND = 69;
const TRIES = 3;
const BETWEEN_TRIES_MS = 200;

/** Connects; rejects with `unavailable` when no broker answers. */
export async function connectAdmin(options: ClientOptions): Promise<Admin> {
  const client = createClient({
    ...options,
    retry: options.retry ?? { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  const admin = client.admin();
  const ask = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    for (let tries = 1;; tries++) {
      try {
        return await call();
      } catch (error) {
        const { code, name, message, retriable } = describeKafkaError(error);
        // kafkajs does not ask again when the connection ended under a question.
        if (retriable && tries < TRIES) {
          await systemClock.sleep(BETWEEN_TRIES_MS * tries);
          continue;
        }
        const why = `${code === "UNKNOWN" ? name : code}: ${message}`;
        throw unavailable(`Kafka at ${options.brokers.join(",")} could not ${what}: ${why}`, {
          cause: error,
        });
      }
    }
  };
  try {
    await ask("be reached", () => admin.connect());
  } catch (error) {
    await settleWithin(admin.disconnect(), 1_000, systemClock);
    throw error;
  }

  return {
    brokerCount: () =>
      ask("describe the cluster", async () => (await admin.describeCluster()).brokers.length),
    topics: (names) =>
      ask("describe topics", async () => {
        const existing = new Set(await admin.listTopics());
        const wanted = names.filter((name) => existing.has(name));
        if (wanted.length === 0) return new Map();
        const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
        return new Map(topics.map(({ name, partitions }) => [
          name,
          { topic: name, partitions: partitions.length, replication: partitions[0]?.replicas.length ?? 0 },
        ]));
      }),
    createTopic: (plan) =>
      ask(`create topic ${plan.topic}`, () =>
        admin.createTopics({
          waitForLeaders: true,
          topics: [{
            topic: plan.topic,
            numPartitions: plan.partitions,
            replicationFactor: plan.replication,
            configEntries: Object.entries(plan.config).map(([name, value]) => ({ name, value })),
          }],
        })),
    topicConfig: (topic, names) =>
      ask(`describe the configuration of ${topic}`, async () => {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...names] }],
        });
        return Object.fromEntries(
          resources[0]!.configEntries.map((entry) => [entry.configName, entry.configValue]),
        );
      }),
    deleteTopic: (topic) => ask(`delete topic ${topic}`, () => admin.deleteTopics({ topics: [topic] })),
    deleteGroup: (groupId) =>
      ask(`delete group ${groupId}`, async () => {
        try {
          await admin.deleteGroups([groupId]);
        } catch (error) {
          const [group] = (error as { groups?: { errorCode: number }[] }).groups ?? [];
          if (group?.errorCode !== GROUP_ID_NOT_FOUND) throw error;
        }
      }),
    bounds: (topic) =>
      ask(
        `tell the offsets of ${topic}`,
        async () =>
          (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
            partition,
            start: Number(low),
            end: Number(high),
          })),
      ),
    lag: (groupId, topic) =>
      ask(`tell the lag of ${groupId}`, async () => {
        const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const ends = await admin.fetchTopicOffsets(topic);
        return ends.map(({ partition, low, high }) =>
          partitionLag(partition, Number(low), Number(high), committed)
        );
      }),
    close: async () => void await settleWithin(admin.disconnect(), 2_000, systemClock),
  };
}

function partitionLag(
  partition: number,
  start: number,
  end: number,
  group: { partitions: { partition: number; offset: string }[] } | undefined,
): PartitionLag {
  const offset = Number(group?.partitions.find((one) => one.partition === partition)?.offset ?? -1);
  const committed = offset < 0 ? undefined : offset;
  return { partition, start, end, committed, lag: Math.max(0, end - Math.max(committed ?? start, start)) };
}
