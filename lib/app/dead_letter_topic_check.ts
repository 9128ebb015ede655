import type { Admin, TopicState } from "../kafka/ports.ts";
import { getLogger } from "../ops/log.ts";

/** A topic with those of its settings that matter to dead letters; what a cluster does not tell is undefined. */
export interface CheckedTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string | undefined>>;
}

const MAX_BYTES = "max.message.bytes";
const RETENTION = "retention.ms";
const POLICY = "cleanup.policy";
/** What a dead letter may have beside the record: our facts, headers for other tools, Kafka's own frame. */
const ROOM_BYTES = 64 * 1024;
const DAY_MS = 24 * 60 * 60 * 1_000;
const LEAST_DAYS = 30;

const log = getLogger("consumer");

/** Warns of a dead letter topic that would make trouble later. Without the right to look at it nothing is said. */
export async function checkDeadLetterTopic(
  admin: Admin,
  source: TopicState,
  deadLetters: TopicState,
): Promise<void> {
  try {
    const checked = async ({ topic, partitions }: TopicState): Promise<CheckedTopic> => ({
      topic,
      partitions,
      config: await admin.topicConfig(topic, [MAX_BYTES, RETENTION, POLICY]),
    });
    for (const warning of troubles(await checked(source), await checked(deadLetters))) log.warn(warning);
  } catch (error) {
    log.debug(`${deadLetters.topic} could not be checked: ${error instanceof Error ? error.message : error}`);
  }
}

/** A sentence for each setting that does not fit, with what follows from it and what it should be. */
export function troubles(source: CheckedTopic, letters: CheckedTopic): string[] {
  const number = ({ config }: CheckedTopic, name: string) => Number(config[name] ?? NaN);
  const wantedBytes = number(source, MAX_BYTES) + ROOM_BYTES;
  const days = number(letters, RETENTION) / DAY_MS;
  return [
    ...(letters.partitions < source.partitions
      ? [
        `${letters.topic} has ${letters.partitions} ${
          letters.partitions === 1 ? "partition" : "partitions"
        } ` +
        `and ${source.topic} ${source.partitions}: ` +
        "dead letters of several partitions share one; give it as many",
      ]
      : []),
    ...(number(letters, MAX_BYTES) < wantedBytes
      ? [
        `${letters.topic} takes records of ${
          letters.config[MAX_BYTES]
        } bytes: the largest of ${source.topic} ` +
        `would not fit with what is said of them; set its ${MAX_BYTES} to ${wantedBytes}`,
      ]
      : []),
    ...(days >= 0 && days < LEAST_DAYS
      ? [
        `${letters.topic} keeps records for ${Number(days.toFixed(1))} days: too short to look at them; ` +
        `set its ${RETENTION} to ${LEAST_DAYS * DAY_MS} or more`,
      ]
      : []),
    ...(letters.config[POLICY]?.includes("compact")
      ? [
        `${letters.topic} is compacted: of each key only the latest dead letter would be kept, ` +
        `and none without a key is taken; set its ${POLICY} to delete`,
      ]
      : []),
  ];
}
