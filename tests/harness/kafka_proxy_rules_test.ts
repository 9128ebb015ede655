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
