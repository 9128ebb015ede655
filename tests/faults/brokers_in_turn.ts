import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import {
  killServer,
  pauseServer,
  processOf,
  resumeServer,
  startServer,
  stopServer,
} from "../../tools/stack/server_control.ts";
import { ClusterWatch, createReplicatedTopic } from "../harness/cluster_watch.ts";
import type { HurtableStack, Scale } from "../harness/fault.ts";
import { OrderLoad } from "../harness/order_load.ts";
import { mendBrokers } from "../harness/mend_brokers.ts";
import { until } from "../harness/topics.ts";

export const brokers = 3;

/** Several for each broker and session: one that waits behind another must not wait as long again. */
const PARTITIONS = 12;
const USERS = 5_000;
const SCALES = {
  ci: { orders: 20_000, perSecond: 400, frozenMs: 0, brokersEach: 1 },
  full: { orders: 1_000_000, perSecond: 4_500, frozenMs: 20_000, brokersEach: 3 },
} as const;
/** How long a partition may go without an acknowledgement around each fault. */
const MAX_STALL_MS = { killed: 15_000, frozen: 25_000, restarted: 5_000 } as const;
/** After the last fault every partition acknowledges again within this. */
const MAX_RECOVERY_MS = 5_000;
/** A fault that is not seen by then has not happened: the run is inconclusive. */
const SEEN_MS = 5_000;
/** For what the harness waits for and does not judge. */
const PATIENCE_MS = 60_000;

type Hurt = keyof typeof MAX_STALL_MS;

/**
 * Orders go to three brokers while each in turn is killed, stands still, and is restarted. Every acknowledged order is
 * in the log as it was sent, in its user's order; and no partition rests for longer than the fault explains.
 */
export default async function (stack: HurtableStack, scale: Scale, seed: number): Promise<string> {
  const { orders, perSecond, frozenMs, brokersEach } = SCALES[scale];
  const topic = await createReplicatedTopic(stack, "brokers-in-turn", PARTITIONS);
  const load = new OrderLoad(stack, {
    topic,
    partitions: PARTITIONS,
    users: USERS,
    seed,
    capacity: orders * 2,
  });
  let faultsOver = false;
  const sending = load.run(() => !faultsOver || load.sent < orders, perSecond);
  const patient = new Patient({ stack, watch: new ClusterWatch(stack, topic), load });
  const stalls: string[] = [];
  try {
    for (const hurt of ["killed", "frozen", "restarted"] as const) {
      const seconds: string[] = [];
      for (let turn = 0; turn < brokersEach; turn++) {
        const broker = brokersEach === 3 ? turn : await patient.busiest();
        const stallMs = await patient.suffers(hurt, broker, frozenMs);
        seconds.push((stallMs / 1_000).toFixed(1));
        assert.ok(
          stallMs <= MAX_STALL_MS[hurt],
          `broker ${broker} ${hurt}: a partition rested for ${stallMs.toFixed(0)} ms`,
        );
      }
      stalls.push(`${hurt} ${seconds.join(", ")} s`);
    }
    await patient.allAcknowledge(MAX_RECOVERY_MS);
  } finally {
    faultsOver = true;
    await mendBrokers(stack);
    await sending;
    await load.close(PATIENCE_MS);
  }
  const { sent, acked, repeats } = await load.verdict();
  assert.ok(sent >= orders, `only ${sent} orders were sent`);
  assert.equal(acked, sent, "orders acknowledged");
  return `${
    acked.toLocaleString("en-US")
  } orders, none lost, in order; ${repeats} repeated where a try was ambiguous; ` +
    `longest rest of a partition: ${stalls.join("; ")}`;
}

/** The cluster under load, and what is done to it. */
class Patient {
  readonly #stack: HurtableStack;
  readonly #watch: ClusterWatch;
  readonly #load: OrderLoad;

  constructor(
    parts: { readonly stack: HurtableStack; readonly watch: ClusterWatch; readonly load: OrderLoad },
  ) {
    this.#stack = parts.stack;
    this.#watch = parts.watch;
    this.#load = parts.load;
  }

  /** The broker that leads the most partitions. */
  async busiest(): Promise<number> {
    const led = await Promise.all(this.#stack.brokers.map((_, broker) => this.#watch.ledBy(broker)));
    return led.reduce((best, { length }, broker) => length > led[best]!.length ? broker : best, 0);
  }

  /** Every partition acknowledges something new. */
  async allAcknowledge(timeoutMs: number): Promise<void> {
    const at = systemClock.monotonic();
    await until("an acknowledgement of every partition", () => this.#load.stalls.allSince(at), timeoutMs);
  }

  /** Hurts a broker that leads, sees that it suffers and the others take over, and mends it. The longest rest of a partition. */
  async suffers(hurt: Hurt, broker: number, frozenMs: number): Promise<number> {
    const { dataDir } = this.#stack;
    const led = await this.#watch.ledBy(broker);
    assert.ok(led.length > 0, `inconclusive: broker ${broker} leads nothing, so that nobody would miss it`);
    const before = await processOf(dataDir, broker);
    assert.equal(before.state, "running");
    await this.allAcknowledge(PATIENCE_MS);
    this.#load.stalls.reset();
    const hurtAt = systemClock.monotonic();
    await { killed: killServer, frozen: pauseServer, restarted: stopServer }[hurt](dataDir, broker);
    await this.#isSeen(broker, hurt === "frozen" ? "frozen" : "gone");
    await this.#watch.untilMovedFrom(broker, led, PATIENCE_MS);
    if (hurt !== "restarted") await this.allAcknowledge(PATIENCE_MS);
    if (hurt === "frozen") {
      await systemClock.sleep(Math.max(0, hurtAt + frozenMs - systemClock.monotonic()));
      await resumeServer(dataDir, broker);
    } else {
      await startServer(dataDir, broker);
      assert.notEqual((await processOf(dataDir, broker)).pid, before.pid);
    }
    await this.#watch.untilInSync(PATIENCE_MS);
    await this.allAcknowledge(PATIENCE_MS);
    return this.#load.stalls.longestMs;
  }

  /** A signal takes a moment until every thread has it. */
  async #isSeen(broker: number, wanted: "frozen" | "gone"): Promise<void> {
    const { dataDir } = this.#stack;
    await until(
      `broker ${broker} ${wanted}`,
      async () => (await processOf(dataDir, broker)).state === wanted,
      SEEN_MS,
    );
  }
}
