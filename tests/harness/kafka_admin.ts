import kafkajs from "kafkajs";
import type { RealStack } from "./real_stack.ts";

/** Asks the brokers as an operator would, with plain kafkajs and no code of ours. */
export async function asOperator<T>(stack: RealStack, ask: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const admin = new kafkajs.Kafka({ brokers: [...stack.brokers], logLevel: kafkajs.logLevel.NOTHING })
    .admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}
