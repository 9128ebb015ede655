/**
 * The process of a peer in JavaScript: one job in, one measurement out, as JSON on the last line of stdout. A process
 * for each run gives everybody a heap and compiled code of their own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Job, Measured } from "./job.ts";
import { sendAtRate, TimedCount, waitsOf } from "./measure.ts";
import type { Peer } from "./peer.ts";

/** Each is loaded alone: ours changes kafkajs, whose own producer must not know of it. */
const PEERS: Readonly<Record<string, () => Promise<Peer>>> = {
  ours: loadOurs,
  "ours-each": loadOurs,
  kafkajs: async () => (await import("./peers/kafkajs.ts")).kafkajsByBatch,
  "kafkajs-one": async () => (await import("./peers/kafkajs.ts")).kafkajsOneByOne,
  platformatic: async () => (await import("./peers/platformatic.ts")).platformatic,
};
const STALL_PROBE_MS = 5;
const now = () => performance.now();

async function loadOurs(): Promise<Peer> {
  const { connectOurs } = await import("./peers/ours_producer.ts");
  const { consumeOurs } = await import("./peers/ours_consumer.ts");
  return { connectProducer: connectOurs, consume: consumeOurs };
}

async function run(job: Job): Promise<Measured> {
  const peer = await PEERS[job.peer]!();
  if (job.workload === "produce" || job.workload === "latency") return await send(peer, job);
  if (job.warmUp.records > 0) await read(peer, job, { ...job.warmUp, group: `${job.group}-warm-up` });
  const stalls = watchStalls();
  const measured = await read(peer, job, { ...job, group: job.group });
  return { ...measured, longestStallMs: stalls.stop() };
}

async function send(peer: Peer, job: Job): Promise<Measured> {
  const { topic, records, warmUp } = job;
  const orders = await readOrders(job.ordersFile, records);
  const producer = await peer.connectProducer!(job);
  if (job.workload === "latency") {
    const options = { ratePerSecond: job.ratePerSecond, now, pause: () => sleep(1) };
    const sendOne = (to: string) => (index: number) => producer.sendOne!(to, orders[index]);
    await sendAtRate(sendOne(warmUp.topic), { ...options, count: warmUp.records });
    const from = now();
    const waits = await sendAtRate(sendOne(topic), { ...options, count: records });
    const ms = now() - from;
    await producer.close();
    return { records, ms, acknowledgedMs: waitsOf(waits) };
  }
  await producer.sendAll(warmUp.topic, orders.slice(0, warmUp.records));
  const from = now();
  await producer.sendAll(topic, orders);
  const ms = now() - from;
  await producer.close();
  return { records, ms };
}

async function read(
  peer: Peer,
  job: Job,
  source: { readonly topic: string; readonly records: number; readonly group: string },
): Promise<Measured> {
  const count = new TimedCount(source.records, now);
  await peer.consume!(job, source, count);
  return count.measured();
}

async function readOrders(file: string, count: number): Promise<unknown[]> {
  const lines = (await Deno.readTextFile(file)).split("\n", count);
  return lines.map((line) => JSON.parse(line));
}

/** How late a timer comes that should come all the time. */
function watchStalls(): { stop: () => number } {
  let last = now();
  let longest = 0;
  const timer = setInterval(() => {
    const at = now();
    longest = Math.max(longest, at - last - STALL_PROBE_MS);
    last = at;
  }, STALL_PROBE_MS);
  return {
    stop() {
      clearInterval(timer);
      return longest;
    },
  };
}

if (import.meta.main) {
  const measured = await run(JSON.parse(Deno.args[0]!));
  console.log(JSON.stringify(measured));
  Deno.exit(0); // whatever a client leaves behind is not waited for
}
