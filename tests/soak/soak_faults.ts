import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import {
  killServer,
  processOf,
  startServer,
  startServers,
  stopServer,
} from "../../tools/stack/server_control.ts";
import { ClusterWatch } from "../harness/cluster_watch.ts";
import type { Act, Rule } from "../harness/kafka_proxy_rules.ts";
import type { SoakScene } from "./soak_scene.ts";

/** Something that is done to the scene. */
export interface SoakFault {
  readonly name: string;
  /** Does it, sees that it happened, and mends it. */
  readonly strike: () => Promise<void>;
}

const AWAY_MS = 15_000;
/** Longer than a session: the group does without the member, which finds out when it goes on. */
const FROZEN_MS = 40_000;
const STOP_MS = 20_000;
const IN_SYNC_MS = 120_000;
const CUT_MS = 20_000;
const CUTS: readonly Act[] = [
  "reset",
  "reset-before",
  "drop-response",
  "truncate",
  { delayMs: 3_000 },
  { cutAnswerAfter: 20, end: "reset" },
];
/** Of a hundred requests, of whatever kind. */
const CUT_PERCENT = 5;

/** Every fault. Each leaves the scene as it was: all servers and all apps run. */
export function soakFaults(scene: SoakScene, random: () => number): SoakFault[] {
  const { dataDir, brokers } = scene.stack;
  const anyBroker = () => Math.floor(random() * brokers.length);

  async function brokerAway(end: (dataDir: string, broker: number) => Promise<void>): Promise<void> {
    const broker = anyBroker();
    await end(dataDir, broker);
    assert.equal((await processOf(dataDir, broker)).state, "gone", "inconclusive: the broker runs");
    await systemClock.sleep(AWAY_MS);
    await startServers(dataDir, [broker]);
    await new ClusterWatch(scene.stack, scene.world.topic).untilInSync(IN_SYNC_MS);
  }

  return [
    {
      name: "consumer killed",
      async strike() {
        scene.struckConsumer.process.kill();
        await scene.struckConsumer.process.ended;
        await scene.restartConsumer();
      },
    },
    {
      name: "consumer stopped",
      async strike() {
        scene.struckConsumer.process.signal("SIGTERM");
        await scene.struckConsumer.process.endsWith(0, STOP_MS);
        await scene.restartConsumer();
      },
    },
    {
      name: "consumer frozen",
      async strike() {
        const { process } = scene.struckConsumer;
        const before = await scene.struckConsumer.count("rebalances_total");
        process.signal("SIGSTOP");
        await systemClock.sleep(FROZEN_MS);
        process.signal("SIGCONT");
        await process.until(
          "it has joined the group again",
          async () => await scene.struckConsumer.count("rebalances_total") > before,
          IN_SYNC_MS,
        );
      },
    },
    { name: "producer killed", strike: () => scene.courier.killed() },
    { name: "producer stopped", strike: () => scene.courier.stopped() },
    { name: "broker killed", strike: () => brokerAway(killServer) },
    { name: "broker stopped", strike: () => brokerAway(stopServer) },
    {
      name: "PostgreSQL killed",
      async strike() {
        await scene.postgres.kill();
        await systemClock.sleep(AWAY_MS);
        const opened = await scene.struckConsumer.count("circuit_breaker_opened_total");
        assert.ok(opened > 0, "inconclusive: no breaker has noticed");
        await scene.postgres.start();
      },
    },
    {
      name: "registry away while a consumer starts",
      async strike() {
        await killServer(dataDir, "registry");
        scene.struckConsumer.process.signal("SIGTERM");
        await scene.struckConsumer.process.endsWith(0, STOP_MS);
        const joining = scene.restartConsumer();
        await systemClock.sleep(AWAY_MS);
        await startServer(dataDir, "registry");
        await joining;
        await scene.struckConsumer.processes(1, IN_SYNC_MS);
      },
    },
    {
      name: "answers cut",
      async strike() {
        const before = scene.answersStruck;
        const rules = CUTS.map((act): Rule => ({
          match: () => true,
          act,
          probability: CUT_PERCENT / 100 / CUTS.length,
        }));
        for (const rule of rules) scene.proxy.rules.add(rule);
        await systemClock.sleep(CUT_MS);
        for (const rule of rules) scene.proxy.rules.remove(rule);
        assert.ok(scene.answersStruck > before, "inconclusive: no answer was cut");
      },
    },
  ];
}
