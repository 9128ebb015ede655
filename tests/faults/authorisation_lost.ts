import assert from "node:assert/strict";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertLogAgrees } from "../harness/sent_values.ts";
import { SteadyLoad } from "../harness/steady_load.ts";
import { allowAgain, deny, type Right } from "../harness/topic_rights.ts";
import { createTopic, until } from "../harness/topics.ts";

const PARTITIONS = 3;
const HEEDED_MS = 10_000;

/**
 * The right to write to a topic is taken away under load and given back: meanwhile every send is answered as certainly
 * not written, by the name of what is missing, other topics go on, and the same producer goes on afterwards.
 */
export default async function (stack: RealStack, scale: "ci" | "full"): Promise<string> {
  const lines: string[] = [];
  // Writing alone, and even to see that the topic is there.
  for (const right of ["WRITE", "ALL"] as const) {
    lines.push(await lose(stack, right, scale === "full" ? 60_000 : 1_000));
  }
  return lines.join("; ");
}

async function lose(stack: RealStack, right: Right, lostMs: number): Promise<string> {
  const topic = await createTopic(stack, "authorisation-lost", PARTITIONS);
  const other = await createTopic(stack, "authorisation-kept", PARTITIONS);
  const producer = open(stack);
  const load = new SteadyLoad(producer, { topic, partitions: PARTITIONS, everyMs: 5 });
  const others = new SteadyLoad(producer, { topic: other, partitions: PARTITIONS, everyMs: 5 });
  try {
    await load.acknowledges(HEEDED_MS);
    await deny(stack, topic, right);
    try {
      await until("that a send is refused", () => load.refused > 0, HEEDED_MS);
      await new Promise((resolve) => setTimeout(resolve, lostMs));
      await others.acknowledges(HEEDED_MS);
    } finally {
      await allowAgain(stack, topic);
    }
    await load.acknowledges(HEEDED_MS);
    const [sent, unharmed] = await Promise.all([load.stop(), others.stop()]);
    assert.equal(await producer.close(10_000), true);

    const refused = sent.filter(({ error }) => error);
    for (const { error } of refused) {
      assert.deepEqual([error!.code, error!.definite], ["TOPIC_AUTHORIZATION_FAILED", true], error!.message);
      assert.match(
        error!.message,
        new RegExp(`give this client the rights Describe and Write to topic ${topic}`),
      );
    }
    await assertLogAgrees(stack, topic, { sent });
    assert.deepEqual(unharmed.filter(({ error }) => error), []);
    await assertLogAgrees(stack, other, { sent: unharmed });
    return `without ${right}: ${refused.length} refused for certain, none of them in ` +
      `the log, ${unharmed.length} to another topic acknowledged meanwhile`;
  } finally {
    await producer.close(0);
    await Promise.all([load.stop(), others.stop()]);
  }
}

function open(stack: RealStack): Producer {
  return new Producer({
    open: producerSessions({ brokers: stack.brokers, clientId: "authorisation-lost" }),
    batch: { lingerMs: 5, maxRecords: 50, maxBytes: 900_000 },
  });
}
