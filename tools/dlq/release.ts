import { RELEASE_HEADER } from "@orderline/lib/consumer/redrive";
import { escapeControls } from "@orderline/lib/core/shown";
import { coordinates } from "@orderline/lib/core/record";
import type { Admin } from "@orderline/lib/kafka/ports";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { type Settings, SETUP } from "@orderline/schemas/settings";
import { requireTopics } from "@orderline/lib/ops/startup";
import { partitionFor } from "@orderline/lib/producer/partitioner";
import { Producer } from "@orderline/lib/producer/producer";

const CLOSE_MS = 5_000;
const utf8 = new TextEncoder();

/**
 * Ends what AFTER_DEAD_LETTER=hold began for a user. The release is a record among the user's own, so that it is plain
 * which orders lie before it and which behind, whoever reads them and when.
 */
export async function release(admin: Admin, settings: Settings, user: string): Promise<0> {
  const { topic, consumerGroupId: group, startupTimeoutMs } = settings;
  const { partitions } = (await requireTopics(admin, [topic], { setup: SETUP })).get(topic)!;
  const key = utf8.encode(user);
  const producer = new Producer({
    open: producerSessions({ brokers: settings.kafkaBrokers, clientId: "orderline-dlq" }),
    batch: { lingerMs: 0, maxRecords: 1, maxBytes: 1_024 },
    slots: 1,
    deliveryTimeoutMs: startupTimeoutMs,
  });
  try {
    const headers = [[RELEASE_HEADER, utf8.encode(group)]] as const;
    const at = await producer.send({
      topic,
      partition: partitionFor(key, partitions),
      key,
      value: null,
      headers,
    });
    console.error(
      `${escapeControls(user)} is released at ${
        coordinates(at)
      }: the orders behind it are processed again by ` +
        `group ${escapeControls(group)}. What was held before stays in ${settings.dlqTopic}`,
    );
    return EXIT.done;
  } catch (error) {
    throw new CommandError(EXIT.failed, `not released: ${(error as Error).message}`);
  } finally {
    await producer.close(CLOSE_MS);
  }
}
