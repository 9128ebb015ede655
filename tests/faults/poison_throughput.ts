import assert from "node:assert/strict";
import { systemClock } from "@orderline/lib/core/clock";
import { AppWorld } from "../harness/apps.ts";
import { ConsumerMember } from "../harness/consumer_member.ts";
import type { Scale } from "../harness/fault.ts";
import { fillTopic } from "../harness/fill_topic.ts";
import { type MedianBounds, medianBounds } from "../harness/median_bounds.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { storedCount } from "../harness/stored_orders.ts";
import { together } from "../harness/together.ts";

const PARTITIONS = 6;
const USERS = 5_000;
const POISON_EVERY = 1_000;
const SCALES = {
  ci: { records: 20_000, leastPairs: 1, mostPairs: 1, flood: 600 },
  full: { records: 200_000, leastPairs: 7, mostPairs: 21, flood: 20_000 },
} as const;
const LEAST_RATIO = 0.95;
const MOST_LETTERS = 60;
const RUN_MS = 300_000;
const LOOK_EVERY_MS = 50;

/**
 * One record in a thousand that cannot be read costs the others at most a twentieth of their speed: a topic with such
 * records and one without are read in turns, each time by a new consumer, and the median of the ratios counts. Where
 * nothing can be read each partition is held by itself after few dead letters; one that can be read flows beside.
 */
export default async function (stack: RealStack, scale: Scale, seed: number): Promise<string> {
  const { flood } = SCALES[scale];
  const speed = await poisonAmongGood(stack, scale, seed);
  const [all, most] = await together([
    nothingCanBeRead(stack, { flood, seed }),
    oneCanBeRead(stack, { flood, seed }),
  ]);
  const { bounds: { median, low, high }, pairs, cpu } = speed;
  return `one poisonous record in ${POISON_EVERY.toLocaleString("en-US")}: ${
    median.toFixed(3)
  } × the speed without, ` +
    `between ${low.toFixed(3)} and ${high.toFixed(3)} (${pairs} pairs; ${
      cpu.toFixed(3)
    } × the processor time); nothing ` +
    `readable: held after ${all} dead letters in a partition; five of six partitions unreadable: held after ${most}, ` +
    `every order of the sixth stored`;
}

async function poisonAmongGood(stack: RealStack, scale: Scale, seed: number) {
  const { records, leastPairs, mostPairs } = SCALES[scale];
  const filling = { partitions: PARTITIONS, users: USERS, records, seed };
  await using clean = await AppWorld.prepare(stack, "no-poison", { partitions: PARTITIONS });
  await using poisoned = await AppWorld.prepare(stack, "poison", { partitions: PARTITIONS });
  await fillTopic(stack, { ...filling, topic: clean.topic });
  const isPoison = (number: number) => number % POISON_EVERY === POISON_EVERY - 1;
  const poison = await fillTopic(stack, { ...filling, topic: poisoned.topic, isPoison });
  assert.ok(poison > 0, "inconclusive: no record is poison");
  const ratios: number[] = [];
  const cpuRatios: number[] = [];
  let bounds: MedianBounds;
  do {
    const first = ratios.length % 2 === 0;
    const one = await read(first ? clean : poisoned, { records, poison: first ? 0 : poison });
    const other = await read(first ? poisoned : clean, { records, poison: first ? poison : 0 });
    const [without, with_] = first ? [one, other] : [other, one];
    ratios.push(with_.perSecond / without.perSecond);
    cpuRatios.push(with_.cpuSeconds / without.cpuSeconds);
    bounds = medianBounds(ratios);
  } while (
    ratios.length < leastPairs ||
    ratios.length < mostPairs && bounds.low < LEAST_RATIO && bounds.high >= LEAST_RATIO
  );
  // In little it is only shown that the dead letters come out right: one pair says nothing of speed.
  if (scale === "full") {
    const { median, low, high } = bounds;
    const seen = `${median.toFixed(3)} × the speed without, between ${low.toFixed(3)} and ${high.toFixed(3)}`;
    assert.ok(median >= LEAST_RATIO || high < LEAST_RATIO, `inconclusive: ${seen}`);
    assert.ok(median >= LEAST_RATIO, seen);
  }
  return { bounds, pairs: ratios.length, cpu: medianBounds(cpuRatios).median };
}

/** A new group reads the topic to its end: how fast, from its first record on, and how much of a processor it took. */
async function read(
  topic: AppWorld,
  { records, poison }: { readonly records: number; readonly poison: number },
): Promise<{ readonly perSecond: number; readonly cpuSeconds: number }> {
  await using group = await topic.anotherGroup();
  const member = await ConsumerMember.start(group);
  const done = async () =>
    await member.count("messages_processed_total") +
    await member.count('dlq_sent_total{reason="undecodable"}');
  const until = systemClock.monotonic() + RUN_MS;
  const reaches = async (count: number) => {
    for (;; await systemClock.sleep(LOOK_EVERY_MS)) {
      const now = await done();
      const at = systemClock.monotonic();
      if (now >= count) return { count: now, at, cpuSeconds: member.process.cpuSeconds() };
      assert.ok(at < until, `${now} of ${records} records are done:\n${member.process.tail}`);
    }
  };
  const from = await reaches(1);
  const to = await reaches(records);
  member.process.signal("SIGTERM");
  await member.process.endsWith(0, 20_000);
  assert.equal(member.process.summary["consumer.dlq_sent"], poison);
  assert.equal(storedCount(group.storePath), records - poison);
  return {
    perSecond: (to.count - from.count) / (to.at - from.at) * 1_000,
    cpuSeconds: (to.cpuSeconds - from.cpuSeconds) / (to.count - from.count),
  };
}

interface Flood {
  /** Records of each partition. */
  readonly flood: number;
  readonly seed: number;
}

/** Every record of every partition is bad. Resolves with the most dead letters of a partition. */
async function nothingCanBeRead(stack: RealStack, { flood, seed }: Flood): Promise<number> {
  await using world = await AppWorld.prepare(stack, "flood-all", { partitions: PARTITIONS });
  const records = flood * PARTITIONS;
  await fillTopic(stack, {
    topic: world.topic,
    partitions: PARTITIONS,
    users: USERS,
    records,
    seed,
    isPoison: () => true,
  });
  const consumer = world.run("consumer", ["--max-wait", "15"]);
  await consumer.endsWith(5, 60_000);
  return mostLetters(await lettersByPartition(world), PARTITIONS);
}

/** All but one partition are bad. Resolves with the most dead letters of a partition. */
async function oneCanBeRead(stack: RealStack, { flood, seed }: Flood): Promise<number> {
  await using world = await AppWorld.prepare(stack, "flood-most", { partitions: PARTITIONS });
  const records = flood * PARTITIONS;
  const good = seed % PARTITIONS;
  const poison = await fillTopic(stack, {
    topic: world.topic,
    partitions: PARTITIONS,
    users: USERS,
    records,
    seed,
    isPoison: (_, partition) => partition !== good,
  });
  const member = await ConsumerMember.start(world);
  await member.process.until(
    "the storing of the good partition",
    () => storedCount(world.storePath) === records - poison,
    RUN_MS,
  );
  await member.process.until(
    "the holding of all others",
    async () => (await member.health())?.body.held_partitions.length === PARTITIONS - 1,
    60_000,
  );
  assert.equal((await member.health("/health/live"))?.status, 200, "a restart would mend nothing");
  assert.equal((await member.health("/health/ready"))?.status, 503, "a person is to look");
  const most = mostLetters(await lettersByPartition(world), PARTITIONS - 1);
  member.process.signal("SIGTERM");
  await member.process.endsWith(0, 20_000);
  return most;
}

async function lettersByPartition({ stack, dlqTopic }: AppWorld): Promise<number[]> {
  const letters = await readRecords(stack, dlqTopic);
  return [...Map.groupBy(letters, ({ partition }) => partition).values()].map((all) => all.length);
}

function mostLetters(counts: readonly number[], partitions: number): number {
  assert.equal(counts.length, partitions, "each bad partition has its dead letters");
  const most = Math.max(...counts);
  assert.ok(most <= MOST_LETTERS, `${most} dead letters of one partition before it was held`);
  return most;
}
