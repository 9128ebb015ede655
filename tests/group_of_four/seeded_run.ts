import { systemClock } from "@orderline/lib/core/clock";
import type { PlannedFault } from "../harness/ledger.ts";
import { LoopLag } from "../harness/loop_lag.ts";
import { until } from "../harness/topics.ts";
import { judge, type Judgement } from "./judge.ts";
import { perform } from "./perform.ts";
import { RunLoad } from "./run_load.ts";
import { type Fault, faultsOf } from "./schedule.ts";
import { PARTITIONS, type World } from "./world.ts";

const PER_SECOND = 250;
/** The load goes on for so long after the last fault is over. */
const GOES_ON_MS = 1_500;
const SHORTEST_MS = 4_000;
/** For everything to come to its end. Far beyond what any fault explains: this is not about speed. */
const FINISHED_MS = 300_000;
/** On a machine that is busier than this it is not judged that calm faults repeat nothing. */
const MAX_LAG_MS = 150;

/** What a seeded run came to. */
export interface RunResult extends Judgement {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** How long it took until each of these was over: load and faults, everything's end, judgement, rest. */
  readonly seconds: readonly number[];
  /** How late timers came at most. */
  readonly lagMs: number;
  /** Whether it was judged that nothing was delivered twice. */
  readonly isCalm: boolean;
}

/** Runs the schedule of a seed: load, faults, time to finish everything, judgement. */
export async function runSeed(world: World, seed: number): Promise<RunResult> {
  const faults = faultsOf(seed);
  const startedAt = systemClock.monotonic();
  const seconds: number[] = [];
  const over = () => seconds.push((systemClock.monotonic() - startedAt) / 1_000);
  await world.beginRun();
  const lag = new LoopLag();
  const clock = await world.audit.clockOffset();
  const { sender, topic, schemaId } = world;
  const load = new RunLoad({ sender, topic, partitions: PARTITIONS, perSecond: PER_SECOND, seed, schemaId });
  const outcomes = await Promise.all(faults.map((fault) => outcomeOf(world, fault)));
  const ran = systemClock.monotonic() - startedAt;
  await systemClock.sleep(Math.max(GOES_ON_MS, SHORTEST_MS - ran));
  await load.stop();
  over();
  const unfinished = await untilFinished(world);
  over();
  const lagMs = lag.end();
  // Members that get no processor time lose their places, whatever is done to them.
  const calm = faults.every(isCalm) && lagMs < MAX_LAG_MS;
  const judgement = await judge(world, {
    load,
    faults: outcomes.flatMap(({ seen }) => seen),
    clock,
    isCalm: calm,
  });
  over();
  const back = await world.untilAtRest().then(() => undefined, (error) => String(error.message));
  over();
  const problems = [
    ...unfinished === undefined ? [] : [unfinished],
    ...outcomes.flatMap(({ trouble }) => trouble),
    ...judgement.wrong === undefined ? [] : [judgement.wrong],
    ...world.ownEnds.filter(({ code }) => !mayEnd(faults, code)).map(({ run, code, tail }) =>
      `${run} ended by itself with ${code}; it said:\n${tail}`
    ),
    ...back === undefined ? [] : [back],
  ];
  return {
    ...judgement,
    wrong: problems.length === 0 ? undefined : problems.join("\n"),
    seed,
    faults,
    seconds,
    lagMs,
    isCalm: calm,
  };
}

interface Outcome {
  readonly seen: readonly PlannedFault[];
  readonly trouble: readonly string[];
}

/** A fault that could not be played to its end makes the run inconclusive, which is red; the others go on. */
async function outcomeOf(world: World, fault: Fault): Promise<Outcome> {
  await systemClock.sleep(fault.at);
  try {
    return { seen: await perform(world, fault), trouble: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { seen: [], trouble: [`inconclusive: "${fault.kind}" did not come to its end: ${why}`] };
  }
}

/** Resolves with what is missing where the group does not come to the end of the log. */
async function untilFinished(world: World): Promise<string | undefined> {
  let lag = Infinity;
  try {
    await until("the end of everything", async () => (lag = await world.lag()) === 0, FINISHED_MS);
  } catch (error) {
    const health = await Promise.all(
      world.seats.map(async (seat) => [seat.run, (await seat.health())?.body]),
    );
    return `${error}: ${lag} records are not committed\n${
      health.map(([run, body]) => `  ${run}: ${JSON.stringify(body)}`).join("\n")
    }`;
  }
}

/** Members that stop in order, wait or hear late repeat nothing; and what is done to dead letters is not about them. */
function isCalm(fault: Fault): boolean {
  switch (fault.do) {
    case "restart":
    case "guest":
    case "registry":
    case "clock":
    case "dead-letters":
      return true;
    default:
      return false;
  }
}

/** A consumer does not start without its topics and without a broker: its supervisor tries again. */
function mayEnd(faults: readonly Fault[], code: number): boolean {
  const missing = faults.some((fault) => fault.do === "dead-letters" && fault.how === "deleted");
  const noBroker = faults.some((fault) => fault.do === "brokers" || fault.do === "coordinator");
  return missing && code === 1 || noBroker && code === 4;
}
