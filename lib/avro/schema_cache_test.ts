import assert from "node:assert/strict";
import { permanent, unavailable } from "../core/failure.ts";
import { TestClock } from "../testing/test_clock.ts";
import { SchemaCache } from "./schema_cache.ts";

/** A registry that answers what it is told, one answer per question. */
function scripted(...answers: (string | Error | Promise<string>)[]) {
  const asked: number[] = [];
  const schemaById = async (id: number) => {
    asked.push(id);
    const answer = answers.shift() ?? new Error("asked too often");
    if (answer instanceof Error) throw answer;
    return await answer;
  };
  return { schemaById, asked };
}

const notFound = () => permanent("schema-not-found", "no such schema");

Deno.test("a schema is asked for once and then known for ever", async () => {
  const [registry, clock] = [scripted("S"), new TestClock()];
  const cache = new SchemaCache(registry, { clock });
  assert.equal(await cache.schemaById(1), "S");
  await clock.advance(365 * 86_400_000);
  assert.equal(await cache.schemaById(1), "S");
  assert.deepEqual(registry.asked, [1]);
});

Deno.test("all who ask for an id at once share one question", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const registry = scripted(promise, "T");
  const cache = new SchemaCache(registry, { clock: new TestClock() });
  const both = [cache.schemaById(1), cache.schemaById(1), cache.schemaById(2)];
  resolve("S");
  assert.deepEqual(await Promise.all(both), ["S", "S", "T"]);
  assert.deepEqual(registry.asked, [1, 2]);
});

Deno.test("no such schema is believed for 30 seconds and then asked again", async () => {
  const [registry, clock] = [scripted(notFound(), notFound(), "S"), new TestClock()];
  const cache = new SchemaCache(registry, { clock });
  await assert.rejects(cache.schemaById(1), { reason: "schema-not-found" });
  await clock.advance(29_999);
  await assert.rejects(cache.schemaById(1), { reason: "schema-not-found" });
  assert.deepEqual(registry.asked, [1]);
  await clock.advance(1);
  await assert.rejects(cache.schemaById(1), { reason: "schema-not-found" });
  await clock.advance(30_000);
  assert.equal(await cache.schemaById(1), "S");
  assert.deepEqual(registry.asked, [1, 1, 1]);
});

Deno.test("what the registry says of a schema but not that there is none is not remembered", async () => {
  const registry = scripted(permanent("undecodable", "protobuf"), "S");
  const cache = new SchemaCache(registry, { clock: new TestClock() });
  await assert.rejects(cache.schemaById(1), { reason: "undecodable" });
  assert.equal(await cache.schemaById(1), "S");
});

Deno.test("a registry that does not answer is asked for an id once in a wait that grows, however many want it", async () => {
  const clock = new TestClock();
  const registry = scripted(...Array.from({ length: 5 }, () => unavailable("down")), "S");
  const cache = new SchemaCache(registry, { clock, random: () => 0 });
  for (const waitMs of [1_000, 2_000, 4_000, 5_000, 5_000]) {
    const asked = registry.asked.length;
    const first = cache.schemaById(1);
    await assert.rejects(first, { kind: "unavailable", message: "down", retryAfterMs: waitMs });
    await clock.advance(waitMs / 2);
    await assert.rejects(cache.schemaById(1), { kind: "unavailable", retryAfterMs: waitMs / 2 });
    await clock.advance(waitMs / 2);
    assert.equal(registry.asked.length, asked + 1);
  }
  assert.equal(await cache.schemaById(1), "S");
});

Deno.test("the wait that a registry asks for is kept, within reason, and is that of one id only", async () => {
  const clock = new TestClock();
  const busy = (retryAfterMs: number) => unavailable("busy", { retryAfterMs });
  const registry = scripted(busy(8_000), "T", busy(3_600_000), "S");
  const cache = new SchemaCache(registry, { clock, random: () => 0 });
  await assert.rejects(cache.schemaById(1), { retryAfterMs: 8_000 });
  assert.equal(await cache.schemaById(2), "T");
  await clock.advance(8_000);
  await assert.rejects(cache.schemaById(1), { retryAfterMs: 30_000 });
  await clock.advance(30_000);
  assert.equal(await cache.schemaById(1), "S");
});

Deno.test("one caller's abort does not take the answer from the others", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const cache = new SchemaCache(scripted(promise), { clock: new TestClock() });
  const leaving = new AbortController();
  const aborted = cache.schemaById(1, leaving.signal);
  const staying = cache.schemaById(1, new AbortController().signal);
  leaving.abort(new Error("stopping"));
  await assert.rejects(aborted, /stopping/);
  resolve("S");
  assert.equal(await staying, "S");
  await assert.rejects(cache.schemaById(1, leaving.signal), /stopping/);
});

Deno.test("a flood of invented ids pushes out the oldest of them and nothing else", async () => {
  const registry = scripted("S", ...Array.from({ length: 1_002 }, notFound));
  const cache = new SchemaCache(registry, { clock: new TestClock() });
  await cache.schemaById(1);
  for (let id = 2; id <= 1_002; id++) await assert.rejects(cache.schemaById(id));
  await assert.rejects(cache.schemaById(1_002));
  assert.equal(registry.asked.length, 1_002, "the newest is still remembered");
  await assert.rejects(cache.schemaById(2));
  assert.equal(registry.asked.length, 1_003, "the oldest is not");
  assert.equal(await cache.schemaById(1), "S");
});
