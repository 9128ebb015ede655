import assert from "node:assert/strict";
import type { ProducerSession } from "../../lib/kafka/ports.ts";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import { Producer } from "../../lib/producer/producer.ts";
import { type KafkaProxy, startKafkaProxy } from "../harness/kafka_proxy.ts";
import { withBaseOffset, withErrorCode } from "../harness/kafka_proxy_responses.ts";
import type { Act, Rule } from "../harness/kafka_proxy_rules.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { assertLogAgrees, sendValue, type SentValue } from "../harness/sent_values.ts";
import { createTopic } from "../harness/topics.ts";

/** Kafka's codes. */
const NOT_LEADER = 6;
const TOPIC_AUTHORIZATION_FAILED = 29;
const QUICK = { retries: 3, initialRetryTime: 50, maxRetryTime: 200 };

/**
 * No answer is believed that cannot be true, and none is read as saying more than it does: what it makes of them is
 * held against the log.
 */
export default async function (stack: RealStack): Promise<void> {
  const proxy = await startKafkaProxy({ upstreams: [...stack.brokers] });
  try {
    await anOffsetOfThePastIsNoAcknowledgement(stack, proxy);
    await aRefusalSaysNothingOfTheTryBeforeIt(stack, proxy);
    await withSession(proxy, async (session) => {
      const topic = await createTopic(stack, "false-answers-session", 1);
      await whatNoBrokerWasAskedIsNotAcknowledged(session, topic);
      await twoSendsAtOnceAreRefused(session, topic);
    });
    assert.deepEqual(proxy.events.filter(({ kind }) => kind === "error"), []);
  } finally {
    await proxy.close();
  }
}

/** A broker that takes a batch for the repeat of another answers with the offset of that one, and drops it. */
async function anOffsetOfThePastIsNoAcknowledgement(stack: RealStack, proxy: KafkaProxy): Promise<void> {
  const topic = await createTopic(stack, "false-answers-past", 1);
  const sent = await sendThree(proxy, topic, [{
    rewrite: (response, request) => withBaseOffset(request, { response, offset: 0 }),
  }]);
  assert.deepEqual(sent.filter(({ error }) => error), []);
  const log = await assertLogAgrees(stack, topic, { sent, repeats: "may be" });
  assert.equal(log.length, 4, "what was answered so was sent again");
}

/** The first try may have been written, whatever the second is told; here it was. */
async function aRefusalSaysNothingOfTheTryBeforeIt(stack: RealStack, proxy: KafkaProxy): Promise<void> {
  const topic = await createTopic(stack, "false-answers-refused", 1);
  const answered = (code: number): Act => ({
    rewrite: (response, request) => withErrorCode(request, { response, code }),
  });
  const sent = await sendThree(proxy, topic, [answered(NOT_LEADER), answered(TOPIC_AUTHORIZATION_FAILED)]);
  assert.deepEqual(
    sent.map(({ error }) => error && [error.code, error.definite]),
    [undefined, ["TOPIC_AUTHORIZATION_FAILED", false], undefined],
  );
  const log = await assertLogAgrees(stack, topic, { sent });
  assert.equal(log.length, 3, "it is in the log");
}

/** Sends three values one after the other; the tries of the second get these answers. */
async function sendThree(proxy: KafkaProxy, topic: string, acts: readonly Act[]): Promise<SentValue[]> {
  const producer = new Producer({
    open: producerSessions({ brokers: proxy.brokers, clientId: "false-answers", retry: QUICK }),
    batch: { lingerMs: 1, maxRecords: 10, maxBytes: 900_000 },
    slots: 1,
  });
  const rules = acts.map((act): Rule => ({ match: ({ produce }) => produce !== undefined, act, times: 1 }));
  const sent: SentValue[] = [];
  for (const value of ["M0", "M1", "M2"]) {
    if (value === "M1") { for (const rule of rules) proxy.rules.add(rule); }
    sent.push(await sendValue(producer, { topic, partition: 0, value }));
    for (const rule of rules) proxy.rules.remove(rule);
  }
  await producer.close(5_000);
  return sent;
}

async function withSession(proxy: KafkaProxy, work: (session: ProducerSession) => Promise<void>) {
  const open = producerSessions({ brokers: proxy.brokers, clientId: "false-answers", retry: QUICK });
  const session = await open(() => {});
  await work(session);
  await session.close(2_000);
}

/** kafkajs leaves out a partition that it does not know, and answers with success. */
async function whatNoBrokerWasAskedIsNotAcknowledged(session: ProducerSession, topic: string): Promise<void> {
  const record = { topic, partition: 7, key: null, value: new Uint8Array(1) };
  const answer = await session.send({ topic, partition: 7 }, [record]);
  assert.ok(typeof answer !== "number");
  assert.deepEqual([answer.code, answer.definite, answer.retriable], ["UNKNOWN_PARTITION", true, true]);
}

/** With two of them kafkajs can lose one and acknowledge both. */
async function twoSendsAtOnceAreRefused(session: ProducerSession, topic: string): Promise<void> {
  const record = { topic, partition: 0, key: null, value: new Uint8Array(1) };
  const first = session.send({ topic, partition: 0 }, [record]);
  await assert.rejects(session.send({ topic, partition: 0 }, [record]), /two unfinished sends/);
  assert.equal(await first, 0);
}
