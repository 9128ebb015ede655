import kafkajs from "kafkajs";
import { asOperator } from "./kafka_admin.ts";
import type { RealStack } from "./real_stack.ts";

/** What may be taken away: to write, or everything, even to see that the topic is there. */
export type Right = "WRITE" | "ALL";

/** Takes a right to a topic from everybody. The brokers heed it within moments. */
export async function deny(stack: RealStack, topic: string, right: Right): Promise<void> {
  await asOperator(stack, (admin) => admin.createAcls({ acl: rules(topic, right) }));
}

/** Gives back every right that `deny` took. */
export async function allowAgain(stack: RealStack, topic: string): Promise<void> {
  const filters = [...rules(topic, "WRITE"), ...rules(topic, "ALL")];
  await asOperator(stack, (admin) => admin.deleteAcls({ filters }));
}

function rules(topic: string, right: Right): kafkajs.AclEntry[] {
  const { AclOperationTypes: operation, AclPermissionTypes: permission } = kafkajs;
  const rule = {
    resourceType: kafkajs.AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    principal: "User:ANONYMOUS",
    host: "*",
  };
  return [
    // A topic with any rule is closed for everything that no rule allows.
    { ...rule, operation: operation.ALL, permissionType: permission.ALLOW },
    { ...rule, operation: operation[right], permissionType: permission.DENY },
  ];
}
