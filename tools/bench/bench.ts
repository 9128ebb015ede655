import { type BenchTopics, PARTITIONS } from "./bench_topics.ts";
import type { Job, Measured, Workload } from "./job.ts";
import type { Part, PeerCommand } from "./peers.ts";
import { roundOrders } from "./rounds.ts";
import { OURS, type PeerRuns } from "./results.ts";
import { runPeer } from "./run_peer.ts";
import { IN_FLIGHT, LATENCY_RATE, LINGER_MS } from "./workloads.ts";

/** A peer that can be run here. */
export interface ReadyPeer {
  readonly name: string;
  readonly part: Part;
  readonly command: PeerCommand;
}

/** What is to be measured. */
export interface BenchPlan {
  readonly workload: Workload;
  readonly peers: readonly ReadyPeer[];
  readonly rounds: number;
  readonly records: number;
  readonly warmUpRecords: number;
  readonly handlerMs: number;
}

/** What it is measured with. */
export interface BenchMeans {
  readonly topics: BenchTopics;
  readonly brokers: readonly string[];
  readonly schemaRegistryUrl: string;
  /** Fills the topics that are read. */
  readonly filler: PeerCommand;
  readonly folder: string;
  readonly ordersFile: string;
  readonly signal: AbortSignal;
  readonly onRun: (
    run: { readonly round: number; readonly peer: ReadyPeer; readonly measured: Measured },
  ) => void;
}

/** Runs everybody in alternating rounds, each run in a process of its own, and checks that each did all of the work. */
export async function bench(plan: BenchPlan, means: BenchMeans): Promise<readonly PeerRuns[]> {
  const sends = plan.workload === "produce" || plan.workload === "latency";
  const run = sends ? await sendingRuns(plan, means) : await readingRuns(plan, means);
  const runs = new Map<string, Measured[]>(plan.peers.map(({ name }) => [name, []]));
  for (const [index, order] of roundOrders(plan.peers, plan.rounds).entries()) {
    for (const peer of order) {
      const measured = await run(peer, index + 1);
      runs.get(peer.name)!.push(measured);
      means.onRun({ round: index + 1, peer, measured });
    }
  }
  return [...runs].map(([name, runs]) => ({ name, runs }));
}

type Run = (peer: ReadyPeer, round: number) => Promise<Measured>;

/** Each run gets an empty topic, which afterwards must hold every order once. */
async function sendingRuns(plan: BenchPlan, means: BenchMeans): Promise<Run> {
  const { topics, signal } = means;
  const warmUpTopic = await topics.create("warm-up");
  return async (peer, round) => {
    const topic = await topics.create(`${peer.name}-${round}`);
    const job = jobOf(plan, means, { peer: peer.name, share: peer.part.share, topic, warmUpTopic });
    const measured = await runPeer(peer.command, job, signal);
    const isKafkaTool = peer.name === "kafka-perf"; // sends its warm-up to the same topic, and no orders
    await topics.requireRecords(topic, isKafkaTool ? job.records + job.warmUp.records : job.records);
    if (round === 1 && !isKafkaTool) await topics.requireOrders(topic);
    await topics.remove(topic);
    return measured;
  };
}

/** All read the same topic, each time in a new group, which afterwards must have committed all of it. */
async function readingRuns(plan: BenchPlan, means: BenchMeans): Promise<Run> {
  const { topics, filler, signal } = means;
  const topic = await topics.create("orders");
  const warmUpTopic = await topics.create("warm-up");
  const filling = jobOf(plan, means, { peer: OURS, topic, warmUpTopic });
  await runPeer(filler, { ...filling, workload: "produce" }, signal);
  await topics.requireRecords(topic, plan.records);
  return async (peer, round) => {
    const group = topics.group(`${peer.name}-${round}`);
    const { share } = peer.part;
    const job = jobOf(plan, means, { peer: peer.name, share, topic, warmUpTopic, group });
    const measured = await runPeer(peer.command, job, signal);
    if (share === undefined) await topics.requireCommitted(group, topic);
    return measured;
  };
}

interface Assignment {
  readonly peer: string;
  readonly share?: number | undefined;
  readonly topic: string;
  readonly warmUpTopic: string;
  readonly group?: string;
}

function jobOf(
  { workload, records, warmUpRecords, handlerMs }: BenchPlan,
  { brokers, schemaRegistryUrl, topics, ordersFile, folder }: BenchMeans,
  { peer, share = 1, topic, warmUpTopic, group = "" }: Assignment,
): Job {
  return {
    workload,
    peer,
    brokers,
    schemaRegistryUrl,
    schemaId: topics.schemaId,
    topic,
    records: Math.ceil(records * share),
    warmUp: { topic: warmUpTopic, records: Math.ceil(warmUpRecords * share) },
    partitions: PARTITIONS,
    ordersFile,
    lingerMs: LINGER_MS,
    group,
    handlerMs,
    inFlight: IN_FLIGHT,
    ratePerSecond: LATENCY_RATE,
    folder,
  };
}
