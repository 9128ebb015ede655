import kafkajs from "kafkajs";
import { asOperator } from "./kafka_admin.ts";
import type { RealStack } from "./real_stack.ts";

/** Sets these settings of a topic; those that are not named go back to the cluster's defaults. */
export async function setTopicConfig(
  stack: RealStack,
  topic: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }];
  await asOperator(stack, (admin) => admin.alterConfigs({ validateOnly: false, resources }));
}
