import assert from "node:assert/strict";
import { Consumer } from "../../lib/consumer/consumer.ts";
import { unavailable } from "../../lib/core/failure.ts";
import type { ConsumerRecord } from "../../lib/core/record.ts";
import { TestClock } from "../../lib/testing/test_clock.ts";
import { probesOf } from "../harness/probes.ts";
import { between, seeded } from "./seeded.ts";
import { SimulatedGroup } from "./simulated_group.ts";
import { SimulatedMember } from "./simulated_member.ts";
import { SimulatedProcess } from "./simulated_process.ts";

const PARTITIONS = 4;
const USERS = 40;
const RECORD_EVERY_MS = 500;
const AWAY_MS = 600_000;
const RESET_MS = 60_000; // the breaker's default
const FIRST_EFFECT_MS = 5_000;
const SESSION_MS = 30_000;
const STORE = "store";
const text = new TextDecoder();
const utf8 = new TextEncoder();

/** A store that is away at times, and what it saw of one process. */
class Store {
  readonly asked: { readonly at: number }[] = [];
  readonly stored: { readonly at: number; readonly id: string }[] = [];

  constructor(readonly clock: TestClock, readonly isDown: () => boolean) {}

  ask(): void {
    this.asked.push({ at: this.clock.monotonic() });
    if (this.isDown()) throw unavailable("connection refused", { dependency: STORE });
  }

  put(id: string): void {
    this.ask();
    this.stored.push({ at: this.clock.monotonic(), id });
  }
}

Deno.test("ten minutes without its store cost a group one probe a minute each, no dead letter and no rebalance", async () => {
  const clock = new TestClock();
  const random = seeded(5);
  const group = new SimulatedGroup({
    clock,
    partitions: PARTITIONS,
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: 60_000,
  });
  const logs = Array.from({ length: PARTITIONS }, (): ConsumerRecord[] => []);
  let sent = 0;
  const stopSending = clock.every(RECORD_EVERY_MS, () => {
    const user = sent++ % USERS;
    const log = logs[user % PARTITIONS]!;
    const value = utf8.encode(`user-${user}:${sent}`);
    const place = { topic: "orders", partition: user % PARTITIONS, offset: log.length };
    log.push({ ...place, timestamp: 0, key: utf8.encode(`user-${user}`), value, headers: [] });
  });
  let down = false;
  let joins = 0;
  let letters = 0;
  const members = ["a", "b"].map((id) => {
    const process = new SimulatedProcess(id, clock);
    const store = new Store(clock, () => down);
    const consumer = new Consumer<string>({
      groupId: "group",
      createMember: (listener) =>
        new SimulatedMember(
          { id, topic: "orders", group, logs, process, random, commitFault: () => "none" },
          listener,
        ),
      decode: (value) => text.decode(value),
      keyOf: (value) => value.split(":")[0]!,
      handle: async ({ value }) => {
        await process.clock.sleep(between(random, 1, 20));
        store.put(value);
      },
      dependencies: { [STORE]: { probe: () => Promise.resolve().then(() => store.ask()) } },
      deadLetters: { topic: "dead", partitions: PARTITIONS, send: () => Promise.resolve(letters++) },
      sessionTimeoutMs: SESSION_MS,
      maxAttempts: 1, // an outage that was taken for a record's fault would be a dead letter at once
      clock: process.clock,
      random,
      events: { rebalanced: () => joins++ },
    });
    consumer.start();
    return { process, store, consumer };
  });
  await clock.advance(60_000);
  const joined = joins;

  down = true;
  await clock.advance(20_000);
  const openAt = clock.monotonic();
  for (const { consumer } of members) assert.equal(consumer.status().circuitBreakerState, "open");
  await clock.advance(AWAY_MS);
  down = false;
  const backAt = clock.monotonic();
  await clock.advance(RESET_MS * 1.1 + FIRST_EFFECT_MS);
  for (const { store } of members) {
    const probes = probesOf(store.asked.filter(({ at }) => at > openAt && at <= backAt));
    const gaps = probes.slice(1).map(({ at }, index) => at - probes[index]!.at);
    assert.ok(probes.length >= AWAY_MS / RESET_MS / 1.1 - 1, `${probes.length} probes`);
    assert.ok(probes.every(({ connections }) => connections === 1), "a probe asks once");
    assert.ok(gaps.every((gap) => gap >= RESET_MS && gap <= RESET_MS * 1.1), `${gaps} ms apart`);
    const found = store.asked.find(({ at }) => at > backAt)!;
    const effect = store.stored.find(({ at }) => at > backAt);
    assert.ok(effect !== undefined && effect.at - found.at <= FIRST_EFFECT_MS, "goes on with that probe");
  }
  stopSending();
  await clock.advance(60_000);
  const stored = members.flatMap(({ store }) => store.stored.map(({ id }) => id));
  assert.equal(stored.length, sent);
  assert.equal(new Set(stored).size, sent, "each once");
  assert.equal(letters, 0);
  assert.equal(joins, joined, "nobody has joined since");
  for (const { process } of members) process.kill();
});
