import type { TopicPlan } from "../kafka/ports.ts";
import type { EventSettings } from "../ops/event_settings.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Kafka's own default: the largest batch of a partition. */
const MAX_MESSAGE_BYTES = 1_048_588;
/** Room for the headers that say why a record died. */
const DEAD_LETTER_ROOM_BYTES = 64 * 1024;

/**
 * The topics of an application, as setup creates them and as the applications expect them. Both have the same number
 * of partitions, so that dead letters keep the order of their source; dead letters are kept for a month, so that a
 * weekend is not too short to look at them.
 */
export function topicPlans(
  { topic, dlqTopic, partitions }: Pick<EventSettings, "topic" | "dlqTopic" | "partitions">,
  replication: number,
): readonly TopicPlan[] {
  const config = {
    "cleanup.policy": "delete",
    // An acknowledged record is on two brokers wherever there are two.
    "min.insync.replicas": String(Math.min(2, replication)),
  };
  return [
    {
      topic,
      partitions,
      replication,
      config: {
        ...config,
        "retention.ms": String(7 * DAY_MS),
        "max.message.bytes": String(MAX_MESSAGE_BYTES),
      },
    },
    {
      topic: dlqTopic,
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
