/**
 * Every topic, as setup creates it and as the applications expect it.
 */
import type { TopicPlan } from "@orderline/lib/kafka/ports";

/** What the plans depend on. */
export interface TopicSettings {
  readonly ordersTopic: string;
  readonly ordersDlqTopic: string;
  readonly ordersPartitions: number;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Kafka's own default: the largest batch of a partition. */
const MAX_MESSAGE_BYTES = 1_048_588;
/** Room for the headers that say why a record died. */
const DEAD_LETTER_ROOM_BYTES = 64 * 1024;

/**
 * The topics. Both have the same number of partitions, so that dead letters keep the order of their source; dead
 * letters are kept for a month, so that a weekend is not too short to look at them.
 */
export function topicPlans(settings: TopicSettings, replication: number): readonly TopicPlan[] {
  const partitions = settings.ordersPartitions;
  const config = {
    "cleanup.policy": "delete",
    // An acknowledged record is on two brokers wherever there are two.
    "min.insync.replicas": String(Math.min(2, replication)),
  };
  return [
    {
      topic: settings.ordersTopic,
      partitions,
      replication,
      config: {
        ...config,
        "retention.ms": String(7 * DAY_MS),
        "max.message.bytes": String(MAX_MESSAGE_BYTES),
      },
    },
    {
      topic: settings.ordersDlqTopic,
      partitions,
      replication,
      config: {
        ...config,
        "retention.ms": String(30 * DAY_MS),
        "max.message.bytes": String(MAX_MESSAGE_BYTES + DEAD_LETTER_ROOM_BYTES),
      },
    },
  ];
}
