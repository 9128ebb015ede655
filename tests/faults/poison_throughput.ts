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
  ci: { records: 20_000, leastPairs: 1, flood: 600 },
  full: { records: 400_000, leastPairs: 6, flood: 20_000 },
} as const;
const LEAST_RATIO = 0.95;
const MOST_LETTERS = 60;
const RUN_MS = 300_000;
const TURN_MS = 1_000;

/**
 * One record in a thousand that cannot be read costs the others at most a twentieth of their speed: a topic with such
 * records and one without are read in turns, and the median of the ratios counts. Where nothing can be read each partition
 * is held by itself after few dead letters; one that can be read flows beside.
 */
export default async function (stack: RealStack, scale: Scale, seed: number): Promise<string> {
  const { flood } = SCALES[scale];
  const speed = await poisonAmongGood(stack, scale, seed);
  const [all, most] = await together([
    nothingCanBeRead(stack, { flood, seed }),
    oneCanBeRead(stack, { flood, seed }),
  ]);
  return `one record in ${POISON_EVERY.toLocaleString("en-US")} unreadable: ${
    said(speed)
  }; nothing readable: held ` +
    `after ${all} dead letters in a partition; five of six partitions unreadable: held after ${most}, the sixth flows`;
}

async function poisonAmongGood(stack: RealStack, scale: Scale, seed: number): Promise<MedianBounds> {
  const { records, leastPairs } = SCALES[scale];
  const filling = { partitions: PARTITIONS, users: USERS, records, seed };
  await using clean = await AppWorld.prepare(stack, "no-poison", { partitions: PARTITIONS });
  await using poisoned = await AppWorld.prepare(stack, "poison", { partitions: PARTITIONS });
  await fillTopic(stack, { ...filling, topic: clean.topic });
  const isPoison = (number: number) => number % POISON_EVERY === POISON_EVERY - 1;
  const poison = await fillTopic(stack, { ...filling, topic: poisoned.topic, isPoison });
  assert.ok(poison > 0, "inconclusive: no record is poison");
  const readers = await together(
    [clean, poisoned].map(async (world) => ({ world, member: await ConsumerMember.start(world) })),
  );
  await together(readers.map(({ member }) => member.processes(1, 60_000)));
  const bounds = medianBounds(await ratiosInTurns(readers[0]!.member, readers[1]!.member, records));
  for (const [index, { world, member }] of readers.entries()) {
    const bad = index === 0 ? 0 : poison;
    await member.process.until(
      "the end of every record",
      async () => storedCount(world.storePath) === records - bad && await lettersOf(member) >= bad,
      RUN_MS,
    );
    member.process.signal("SIGTERM");
    await member.process.endsWith(0, 20_000);
  }
  // In little it is only shown that the dead letters come out right: a few turns say nothing of speed.
  if (scale === "ci") return bounds;
  const { median, low, high, count } = bounds;
  const seen = `${said(bounds)} in ${count} pairs of turns`;
  assert.ok(count >= leastPairs && (median >= LEAST_RATIO || high < LEAST_RATIO), `inconclusive: ${seen}`);
  assert.ok(median >= LEAST_RATIO, `${seen}; ${low}`);
  return bounds;
}

/**
 * Both read at the same time, in turns of a second: one stands still while the other works, so that whatever else the
 * machine does meets both alike. Resolves with the second's speed divided by the first's, for every pair of turns.
 */
async function ratiosInTurns(
  first: ConsumerMember,
  second: ConsumerMember,
  records: number,
): Promise<number[]> {
  const ratios: number[] = [];
  for (const { process } of [first, second]) process.signal("SIGSTOP");
  const turn = async (member: ConsumerMember) => {
    member.process.signal("SIGCONT");
    const from = { count: await done(member), at: systemClock.monotonic() };
    await systemClock.sleep(TURN_MS);
    const to = { count: await done(member), at: systemClock.monotonic() };
    member.process.signal("SIGSTOP");
    return { count: to.count, perMs: (to.count - from.count) / (to.at - from.at) };
  };
  for (let goesOn = true; goesOn;) {
    const inOrder = ratios.length % 2 === 0 ? [first, second] : [second, first];
    const turns = new Map<ConsumerMember, { readonly count: number; readonly perMs: number }>();
    for (const member of inOrder) turns.set(member, await turn(member));
    const [one, other] = [turns.get(first)!, turns.get(second)!];
    // What is left may not fill a turn.
    goesOn = [one, other].every(({ count, perMs }) => count + perMs * TURN_MS * 2 < records);
    if (goesOn || ratios.length === 0) ratios.push(other.perMs / one.perMs);
  }
  for (const { process } of [first, second]) process.signal("SIGCONT");
  return ratios;
}

async function done(member: ConsumerMember): Promise<number> {
  return await member.count("messages_processed_total") + await lettersOf(member);
}

async function lettersOf(member: ConsumerMember): Promise<number> {
  return await member.count('dlq_sent_total{reason="undecodable"}');
}

function said({ median, low, high }: MedianBounds): string {
  return `${median.toFixed(3)} × the speed without, surely between ${low.toFixed(3)} and ${high.toFixed(3)}`;
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
  member.process.signal("SIGTERM");
  await member.process.endsWith(0, 20_000); // what is being written is written
  return mostLetters(await lettersByPartition(world), PARTITIONS - 1);
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
