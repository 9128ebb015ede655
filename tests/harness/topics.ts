import { connectAdmin } from "../../lib/kafka/admin.ts";
import type { RealStack } from "./real_stack.ts";

let created = 0;

/** A topic of its own for one test, named after it. */
export async function createTopic(stack: RealStack, name: string, partitions: number): Promise<string> {
  const topic = `${name}-${Date.now()}-${created++}`;
  const admin = await connectAdmin({ brokers: stack.brokers, clientId: "test" });
  try {
    await admin.createTopic({ topic, partitions, replication: 1, config: {} });
    return topic;
  } finally {
    await admin.close();
  }
}

/** Waits until `condition` holds, and says what did not happen when it never does. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
