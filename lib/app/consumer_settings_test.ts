import assert from "node:assert/strict";
import { eventSettings, loadEventSettings } from "../ops/event_settings.ts";
import { consumerSettings } from "./consumer_settings.ts";

/** What a consumer is told under these variables and flags. */
function told(environment: Record<string, string> = {}, ...flags: string[]) {
  const { values } = loadEventSettings(eventSettings("orders", { group: "g" }), { environment });
  return consumerSettings(values, { has: (flag) => flags.includes(flag) });
}

Deno.test("a flood is accepted by a flag, unless nothing is held anyway", () => {
  assert.equal(told().floodGuard, "on");
  assert.equal(told({}, "accept-flood").floodGuard, "accept");
  assert.equal(told({}, "forget-flood").floodGuard, "forget");
  assert.equal(told({}, "forget-flood", "accept-flood").floodGuard, "accept");
  assert.equal(told({ FLOOD_GUARD: "off" }, "accept-flood").floodGuard, "off");
});

Deno.test("a lost position stops where a commit is expected, unless a person has looked", () => {
  assert.deepEqual([told().commitsExpected, told().acceptLostOffsets], [false, false]);
  const { commitsExpected, acceptLostOffsets } = told({ OFFSET_RESET: "none" }, "accept-lost-offsets");
  assert.deepEqual([commitsExpected, acceptLostOffsets], [true, true]);
});

Deno.test("waits grow from the setting to half a minute, by chance up to a fifth longer", () => {
  assert.deepEqual(told({ RETRY_BACKOFF_MS: "250" }).backoff, { firstMs: 250, maxMs: 30_000, jitter: 0.2 });
});
