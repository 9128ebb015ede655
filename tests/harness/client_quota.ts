import { Admin } from "@platformatic/kafka";
import type { RealStack } from "./real_stack.ts";

/**
 * Sets how many bytes a second clients of this name may produce to each broker, or takes the limit away. By another
 * client than kafkajs, which cannot ask for it.
 */
export async function setProduceQuota(
  { brokers }: RealStack,
  clientId: string,
  bytesPerSecond: number | undefined,
): Promise<void> {
  const admin = new Admin({ clientId: "operator", bootstrapBrokers: [...brokers] });
  try {
    await admin.alterClientQuotas({
      entries: [{
        entities: [{ entityType: "client-id", entityName: clientId }],
        ops: [{
          key: "producer_byte_rate",
          value: bytesPerSecond ?? 0,
          remove: bytesPerSecond === undefined,
        }],
      }],
    });
  } finally {
    await admin.close();
  }
}
