import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import { killServer, processOf, startServers } from "../../tools/stack/server_control.ts";
import { createReplicatedTopic } from "../harness/cluster_watch.ts";
import type { HurtableStack, Scale } from "../harness/fault.ts";
import { mendBrokers } from "../harness/mend_brokers.ts";
import { OrderLoad } from "../harness/order_load.ts";
import { until } from "../harness/topics.ts";

export const brokers = 3;

const PARTITIONS = 6;
const USERS = 1_000;
const BROKERS = [0, 1, 2];
/** As many as a producer holds by default. */
const BUFFERED = 5_000;
const SCALES = {
  ci: { awayMs: 15_000, capacity: 500_000, loadMs: 2_000 },
  full: { awayMs: 5 * 60_000, capacity: 2_000_000, loadMs: 5_000 },
} as const;
/** What the process may grow by while it waits: nothing is taken in, so this is the noise of its heap. */
const MAX_GROWTH_MB = 48;
/** The buffer and what follows it fill in this time; memory is flat from then on. */
const FILL_MS = 3_000;
const CLOSE_MS = 2_000;
/** What a close takes beyond its deadline: sessions are closed behind it. */
const CLOSE_MARGIN_MS = 6_000;
const RECOVERY_MS = 60_000;

/**
 * All brokers are away under full load. One producer stays: it waits without growing, and delivers everything when
 * they are back. Another is closed meanwhile: each of its orders is answered, and what was answered `definite` is never
 * in the log.
 */
export default async function (stack: HurtableStack, scale: Scale, seed: number): Promise<string> {
  const { awayMs, capacity, loadMs } = SCALES[scale];
  const options = { partitions: PARTITIONS, users: USERS, seed, capacity };
  const topic = await createReplicatedTopic(stack, "away-stays", PARTITIONS);
  const other = await createReplicatedTopic(stack, "away-closed", PARTITIONS);
  const stays = new OrderLoad(stack, { ...options, topic });
  const closed = new OrderLoad(stack, { ...options, topic: other });
  let over = false;
  const sending = Promise.all([stays.run(() => !over), closed.run(() => !over)]);
  try {
    await systemClock.sleep(loadMs);
    await allDie(stack);
    const away = await waitsFlat(stays, async () => {
      await systemClock.sleep(awayMs / 3);
      const told = await closesInTime(closed);
      await systemClock.sleep(awayMs * 2 / 3);
      return told;
    });
    await assertAway(stack);
    await startServers(stack.dataDir, BROKERS);
    const backAt = systemClock.monotonic();
    await until("every partition acknowledges again", () => stays.stalls.allSince(backAt), RECOVERY_MS);
    const recoveredMs = systemClock.monotonic() - backAt;
    await systemClock.sleep(loadMs);
    over = true;
    await sending;
    assert.equal(await stays.close(RECOVERY_MS), true, "all that waited was answered");

    const { sent, acked, repeats } = await stays.verdict();
    assert.equal(acked, sent, "orders delivered by the producer that stayed");
    const { definite, unknown } = await closed.verdict();
    assert.ok(definite + unknown > 0, "inconclusive: no order was waiting when the producer was closed");
    return `${(awayMs / 1_000).toFixed(0)} s without a broker: ${
      grouped(acked)
    } orders delivered, none lost, in order, ` +
      `${repeats} repeated where a try was ambiguous; memory +${
        away.growthMb.toFixed(0)
      } MB; acknowledging again ` +
      `${(recoveredMs / 1_000).toFixed(1)} s after the brokers; closed meanwhile in ${
        (away.told / 1_000).toFixed(1)
      } s: ` +
      `${grouped(definite)} definite, ${grouped(unknown)} unknown, none of the definite in the log`;
  } finally {
    over = true;
    await mendBrokers(stack);
    await sending;
    await Promise.all([stays.close(0), closed.close(0)]);
  }
}

/** Every broker is killed at once, and is seen to be gone. */
async function allDie(stack: HurtableStack): Promise<void> {
  await Promise.all(BROKERS.map((broker) => killServer(stack.dataDir, broker)));
  await assertAway(stack);
}

async function assertAway({ dataDir }: HurtableStack): Promise<void> {
  for (const broker of BROKERS) {
    const { state } = await processOf(dataDir, broker);
    assert.equal(state, "gone", `inconclusive: broker ${broker} is ${state}`);
  }
}

/** Waits with the load, which must take nothing more in than it has room for and must not grow. */
async function waitsFlat(
  load: OrderLoad,
  wait: () => Promise<number>,
): Promise<{ readonly growthMb: number; readonly told: number }> {
  await systemClock.sleep(FILL_MS);
  const { sent } = load;
  assert.equal(load.producer.inFlight, BUFFERED, "orders held while nobody takes them");
  const startMb = rssMb();
  let peakMb = startMb;
  const stopLooking = systemClock.every(500, () => peakMb = Math.max(peakMb, rssMb()));
  const told = await wait().finally(stopLooking);
  assert.equal(load.sent, sent, "orders taken in while nobody takes them");
  const growthMb = Math.max(peakMb, rssMb()) - startMb;
  assert.ok(growthMb <= MAX_GROWTH_MB, `memory grew by ${growthMb.toFixed(0)} MB while waiting`);
  return { growthMb, told };
}

/** Closes with orders waiting. The time it took. */
async function closesInTime(load: OrderLoad): Promise<number> {
  const at = systemClock.monotonic();
  assert.equal(await load.close(CLOSE_MS), false, "not all could be acknowledged");
  const tookMs = systemClock.monotonic() - at;
  assert.ok(tookMs <= CLOSE_MS + CLOSE_MARGIN_MS, `the close took ${tookMs.toFixed(0)} ms`);
  assert.equal(load.producer.inFlight, 0, "orders without an answer");
  return tookMs;
}

function rssMb(): number {
  return Deno.memoryUsage().rss / 1_000_000;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
