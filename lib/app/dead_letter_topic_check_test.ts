import assert from "node:assert/strict";
import { topicPlans } from "./topic_plans.ts";
import { type CheckedTopic, troubles } from "./dead_letter_topic_check.ts";

const plans = topicPlans({ topic: "orders", dlqTopic: "orders-dlq", partitions: 6 }, 1);
const source: CheckedTopic = plans[0]!;
const letters: CheckedTopic = plans[1]!;

Deno.test("the topics that setup makes are no trouble, and what a cluster does not tell is none", () => {
  assert.deepEqual(troubles(source, letters), []);
  assert.deepEqual(troubles({ ...source, config: {} }, { ...letters, config: {} }), []);
});

Deno.test("each setting that does not fit is told, with what it should be", () => {
  const told = (change: Partial<CheckedTopic>, config: Record<string, string> = {}) =>
    troubles(source, { ...letters, ...change, config: { ...letters.config, ...config } });
  assert.match(told({ partitions: 1 })[0]!, /^orders-dlq has 1 partition and orders 6: .* give it as many$/);
  assert.match(told({}, { "max.message.bytes": "1048588" })[0]!, /set its max\.message\.bytes to 1114124$/);
  assert.match(
    told({}, { "retention.ms": "604800000" })[0]!,
    /for 7 days: .* retention\.ms to 2592000000 or more$/,
  );
  assert.deepEqual(told({}, { "retention.ms": "-1" }), [], "for ever");
  assert.match(told({}, { "cleanup.policy": "compact,delete" })[0]!, /cleanup\.policy to delete$/);
});
