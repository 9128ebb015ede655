import assert from "node:assert/strict";
import Connection from "kafkajs/src/network/connection.js";
import socketFactory from "kafkajs/src/network/socketFactory.js";
import { connectAdmin } from "../../lib/kafka/admin.ts";
import { producerSessions } from "../../lib/kafka/producer_session.ts";
import type { Admin } from "../../lib/kafka/ports.ts";
import { type KafkaProxy, startKafkaProxy } from "../harness/kafka_proxy.ts";
import type { RealStack } from "../harness/real_stack.ts";
import type { Rule } from "../harness/kafka_proxy_rules.ts";
import { createTopic } from "../harness/topics.ts";

const QUICK = { requestTimeoutMs: 2_000, retry: { retries: 6, initialRetryTime: 100, maxRetryTime: 500 } };

/** What lib/kafka/fixes.ts mends, each seen through the proxy or at the timers. */
export default async function (stack: RealStack): Promise<void> {
  const topic = await createTopic(stack, "connections", 2);
  const proxy = await startKafkaProxy({ upstreams: [...stack.brokers] });
  const admin = await connectAdmin({ brokers: proxy.brokers, clientId: "connections", ...QUICK });
  try {
    await halfAnAnswerBreaksNothing(proxy, admin, topic);
    await reconnectingOpensOneSocket(proxy);
    await restingSetsNoTimers(proxy, topic);
    assert.deepEqual(proxy.events.filter(({ kind }) => kind === "error"), []);
  } finally {
    await admin.close();
    await proxy.close();
  }
}

/** A connection that ends in the middle of an answer must not glue that half to the next answer. */
async function halfAnAnswerBreaksNothing(proxy: KafkaProxy, admin: Admin, topic: string): Promise<void> {
  const rule: Rule = { match: ({ apiName }) => apiName === "ListOffsets", act: "truncate", times: 1 };
  proxy.rules.add(rule);
  for (let turn = 0; turn < 3; turn++) assert.equal((await admin.bounds(topic)).length, 2);
  proxy.rules.remove(rule);
  const cut = proxy.events.filter((event) =>
    "action" in event && event.kind === "response" && event.action === "truncate"
  );
  assert.equal(cut.length, 1, "the answer was seen to be cut");
}

/** Ten requests at once on a connection that is gone used to open ten sockets, nine of them for ever. */
async function reconnectingOpensOneSocket(proxy: KafkaProxy): Promise<void> {
  const [host, port] = proxy.brokers[0]!.split(":") as [string, string];
  const quiet = { debug() {}, info() {}, warn() {}, error() {}, namespace: () => quiet };
  const connection = new Connection({
    host,
    port: Number(port),
    logger: quiet,
    socketFactory: socketFactory(),
    requestTimeout: 2_000,
    connectionTimeout: 2_000,
  });
  const opened = () => proxy.events.filter(({ kind }) => kind === "opened").length;
  const before = opened();
  await Promise.all(Array.from({ length: 10 }, () => connection.connect()));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(opened() - before, 1, "sockets for ten requests");
  await connection.disconnect();
}

/** An idle connection used to arm a timer about seven hundred times a second. */
async function restingSetsNoTimers(proxy: KafkaProxy, topic: string): Promise<void> {
  const session = await producerSessions({ brokers: proxy.brokers, clientId: "resting" })(() => {});
  await session.send({ topic, partition: 0 }, [{ topic, partition: 0, key: null, value: new Uint8Array(1) }]);
  const { setTimeout: real } = globalThis;
  let armed = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof real>) => {
    armed++;
    return real(...args);
  }) as typeof real;
  try {
    await new Promise((resolve) => real(resolve, 2_000));
  } finally {
    globalThis.setTimeout = real;
  }
  await session.close(2_000);
  assert.ok(armed < 20, `${armed} timers in two idle seconds`);
}
