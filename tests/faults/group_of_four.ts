import type { HurtableStack, Scale } from "../harness/fault.ts";
import { CI_SEEDS, describeFault, KINDS } from "../group_of_four/schedule.ts";
import { type RunResult, runSeed } from "../group_of_four/seeded_run.ts";
import { World } from "../group_of_four/world.ts";
import { mendBrokers } from "../harness/mend_brokers.ts";
import { startServer } from "../../tools/stack/server_control.ts";

export const brokers = 3;
export const runs = 200;
/** More of them say no more than these. */
const MAX_FAILED = 5;

/**
 * Four consumers on PostgreSQL, three brokers, a steady load of good and bad orders, and seed after seed one to three
 * faults. After each, when all has come to its end: nothing lost, every user in order, no commit past what was finished at
 * that moment as the wire shows it, no effect twice, dead letters for bad orders only, and every fault seen to happen.
 */
export default async function (
  stack: HurtableStack,
  scale: Scale,
  seed: number,
  count = runs,
): Promise<string> {
  const seeds = scale === "ci" ? CI_SEEDS : Array.from({ length: count }, (_, index) => seed + index);
  const campaign = new Campaign(stack);
  try {
    for (const one of seeds) await campaign.run(one);
  } finally {
    await campaign.close();
  }
  return campaign.summary();
}

/** Run after run in one world, for as long as nothing goes wrong in it. */
class Campaign {
  readonly #stack: HurtableStack;
  readonly #results: RunResult[] = [];
  readonly #failed: string[] = [];
  #world: World | undefined;

  constructor(stack: HurtableStack) {
    this.#stack = stack;
  }

  async run(seed: number): Promise<void> {
    if (this.#failed.length === MAX_FAILED) return;
    const wrong = await this.#wrongWith(seed).catch((error) =>
      `inconclusive: ${error instanceof Error ? error.stack : error}`
    );
    if (wrong === undefined) return;
    const logs = await this.#world?.keepLogs();
    const told =
      `seed ${seed}: ${wrong}\nIts members' logs are in ${logs ?? "no place, since none had begun"}. ` +
      `This one again: deno task test:faults --only group_of_four --seed ${seed}`;
    console.error(told);
    this.#failed.push(told);
    // Nobody knows what such a run has left behind.
    await this.close();
    await mendBrokers(this.#stack);
    await startServer(this.#stack.dataDir, "registry");
  }

  async close(): Promise<void> {
    await this.#world?.[Symbol.asyncDispose]();
    this.#world = undefined;
  }

  async #wrongWith(seed: number): Promise<string | undefined> {
    const world = this.#world ??= await World.open(this.#stack);
    const result = await runSeed(world, seed);
    this.#results.push(result);
    console.error(lineOf(result));
    return result.wrong;
  }

  /** What was measured; throws where a run went wrong. */
  summary(): string {
    const results = this.#results;
    if (this.#failed.length > 0) {
      throw new Error(
        `${this.#failed.length} runs went wrong, ${
          results.filter(({ wrong }) => wrong === undefined).length
        } passed: ${this.#failed.join("\n")}`,
      );
    }
    const { length } = results;
    const faults = results.flatMap((result) => result.faults);
    const kinds = new Set(faults.map(({ kind }) => kind));
    const calm = results.filter(({ isCalm }) => isCalm);
    const took = results.map(({ seconds }) => seconds.at(-1)!).sort((a, b) => a - b);
    const sum = (of: (result: RunResult) => number) =>
      results.reduce((total, result) => total + of(result), 0).toLocaleString("en-US");
    return [
      `${length} runs from seed ${results[0]?.seed}, ${faults.length} faults of ${kinds.size} kinds ` +
      `(of ${Object.keys(KINDS).length}), each seen`,
      `${sum(({ orders }) => orders)} orders, 0 lost, 0 overtaken`,
      `0 of ${sum(({ commits }) => commits)} commits too soon`,
      `0 effects twice (${sum(({ repeats }) => repeats)} deliveries again, none in ${calm.length} calm runs)`,
      `${sum(({ deadLetters }) => deadLetters)} dead letters, all of bad orders`,
      `a run took ${took[length >> 1]?.toFixed(0)} s in the median, at most ${took.at(-1)?.toFixed(0)} s`,
    ].join("; ");
  }
}

function lineOf(result: RunResult): string {
  const { seed, faults, seconds, orders, deadLetters, repeats, commits, joins, lagMs, wrong } = result;
  const [load, finished, judged, atRest] = seconds.map((one) => one.toFixed(1));
  return [
    `seed ${seed} ${wrong === undefined ? "passed" : "FAILED"}: ${faults.map(describeFault).join("; ")}`,
    `${orders} orders, ${deadLetters} dead letters, ${repeats} repeats, ${commits} commits, ${joins} joins`,
    `load ${load} s, finished ${finished} s, judged ${judged} s, at rest ${atRest} s, timers ${
      lagMs.toFixed(0)
    } ms late`,
  ].join(" | ");
}
