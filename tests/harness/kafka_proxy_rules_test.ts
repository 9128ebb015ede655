import assert from "node:assert/strict";
import { type RequestInfo, Rules } from "./kafka_proxy_rules.ts";

const request = (count: number, apiName = "Produce"): RequestInfo => ({
  apiKey: 0,
  apiName,
  apiVersion: 7,
  correlationId: count,
  clientId: null,
  sizeBytes: 9,
  broker: 0,
  count,
});

Deno.test("the first rule that matches strikes, as often as it may, then the next one", () => {
  const once = {
    match: ({ apiName }: RequestInfo) => apiName === "Produce",
    act: "reset",
    times: 1,
  } as const;
  const always = { match: () => true, act: "drop-response" } as const;
  const rules = new Rules([once, always], 1);
  assert.equal(rules.actFor(request(1, "Fetch")), "drop-response");
  assert.equal(rules.actFor(request(1)), "reset");
  assert.equal(rules.actFor(request(2)), "drop-response");
  rules.remove(always);
  assert.equal(rules.actFor(request(3)), undefined);
  rules.add(once);
  assert.equal(rules.actFor(request(4)), "reset");
});

Deno.test("the same seed strikes the same requests, about as often as the probability says", () => {
  const struck = (seed: number) => {
    const rules = new Rules([{ match: () => true, act: "reset", probability: 0.2 }], seed);
    return Array.from({ length: 500 }, (_, index) => index).filter((index) =>
      rules.actFor(request(index)) !== undefined
    );
  };
  assert.deepEqual(struck(7), struck(7));
  assert.notDeepEqual(struck(7), struck(8));
  assert.ok(struck(7).length > 60 && struck(7).length < 140, `${struck(7).length} of 500`);
});

Deno.test("an act as a function is made anew for each strike, out of the seeded chance", () => {
  const delays = (seed: number) => {
    const act = (random: () => number) => ({ delayMs: 400 + Math.floor(random() * 600) });
    const rules = new Rules([{ match: () => true, act }], seed);
    return Array.from(
      { length: 20 },
      (_, index) => (rules.actFor(request(index)) as { delayMs: number }).delayMs,
    );
  };
  assert.deepEqual(delays(3), delays(3));
  assert.ok(new Set(delays(3)).size > 10);
});
