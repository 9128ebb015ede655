import { topicPlans } from "@orderline/lib/app/topic_plans";
import { systemClock } from "@orderline/lib/core/clock";
import { setProduceQuota } from "../harness/client_quota.ts";
import { asOperator } from "../harness/kafka_admin.ts";
import { refusal } from "../harness/kafka_proxy_responses.ts";
import type { Act, RequestInfo, Rule } from "../harness/kafka_proxy_rules.ts";
import type { PlannedFault } from "../harness/ledger.ts";
import { setTopicConfig } from "../harness/topic_config.ts";
import { until } from "../harness/topics.ts";
import type { Action } from "./schedule.ts";
import { PARTITIONS, type World } from "./world.ts";

type DeadLetters = Extract<Action, { do: "dead-letters" }>;

/** A way in which the topic takes nothing, or hardly anything, and back. */
interface Trouble {
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
  /** Whether it was felt. */
  readonly isSeen: () => boolean;
}

const MESSAGE_TOO_LARGE = 10;
const TOPIC_AUTHORIZATION_FAILED = 29;
/** Of the members' client for dead letters: lib/app/consume_events.ts. */
const CLIENT_ID = "orders-consumer-dlq";
/** To each broker, by all members: about one dead letter a second. */
const QUOTA_BYTES = 700;
const FELT_MS = 90_000;
const MENDED_MS = 90_000;

const TROUBLES: Readonly<Record<DeadLetters["how"], (world: World) => Trouble>> = {
  deleted,
  full,
  forbidden,
  slow,
};

/** The dead letter topic takes nothing for a while, and then again; the load brings bad orders all the time. */
export async function troubleDeadLetters(
  world: World,
  { how, forMs }: DeadLetters,
): Promise<PlannedFault[]> {
  const { begin, end, isSeen } = TROUBLES[how](world);
  world.note("dead letters", how);
  try {
    await begin();
    await systemClock.sleep(forMs);
    await until(`that the dead letter topic is felt to be ${how}`, isSeen, FELT_MS);
  } finally {
    await again(end);
    world.note("dead letters", `no longer ${how}`);
  }
  return [{ name: `dead letter topic ${how}`, planned: 1, seen: 1 }];
}

/** Kafka says so to none but those who ask for the topic's leaders: it is in the members' logs. */
function deleted(world: World): Trouble {
  const { stack, dlqTopic } = world;
  const said = world.seats.map(({ process }) => [process, process.stderr.length] as const);
  const plan = planOf(world);
  const config = Object.entries(plan.config).map(([name, value]) => ({ name, value }));
  return {
    begin: () => {
      world.deadLettersDeleted = true;
      return asOperator(stack, (admin) => admin.deleteTopics({ topics: [dlqTopic] }));
    },
    end: () =>
      asOperator(stack, (admin) =>
        admin.createTopics({
          topics: [{
            topic: dlqTopic,
            numPartitions: plan.partitions,
            replicationFactor: plan.replication,
            configEntries: config,
          }],
        })),
    isSeen: () =>
      said.some(([{ stderr }, before]) => /waits: .* create \S+ with as many/.test(stderr.slice(before))),
  };
}

function full(world: World): Trouble {
  const { stack, dlqTopic } = world;
  const from = world.seats.map(({ events }) => events.length);
  return {
    begin: () => setTopicConfig(stack, dlqTopic, { ...planOf(world).config, "max.message.bytes": "100" }),
    end: () => setTopicConfig(stack, dlqTopic, planOf(world).config),
    isSeen: () =>
      world.seats.some(({ events }, seat) =>
        events.slice(from[seat]).some((event) =>
          event.kind === "response" &&
          event.answers?.some(({ topic, errorCode }) => topic === dlqTopic && errorCode === MESSAGE_TOO_LARGE)
        )
      ),
  };
}

/**
 * Several local brokers run without an authorizer, so the proxy gives the answer of one. That a real one's is met in the
 * same way is for tests/guarantees/dead_letters_refused.ts, on one broker.
 */
function forbidden(world: World): Trouble {
  let seen = false;
  return underRule(world, {
    act: {
      answer: (request) => {
        seen = true;
        return refusal(request, TOPIC_AUTHORIZATION_FAILED);
      },
    },
    isSeen: () => seen,
  });
}

/** By a quota; the broker says in each answer how long it makes its client wait. */
function slow(world: World): Trouble {
  let seen = false;
  const watching = underRule(world, {
    act: {
      rewrite: (response) => {
        const { buffer, byteOffset, length } = response;
        seen ||= new DataView(buffer, byteOffset + length - 4).getInt32(0) > 0;
        return response;
      },
    },
    isSeen: () => seen,
  });
  const { stack } = world;
  return {
    ...watching,
    begin: () => watching.begin().then(() => setProduceQuota(stack, CLIENT_ID, QUOTA_BYTES)),
    end: () => watching.end().then(() => setProduceQuota(stack, CLIENT_ID, undefined)),
  };
}

/** A rule for every member's dead letters. */
function underRule(
  { seats, dlqTopic }: World,
  { act, isSeen }: { readonly act: Act; readonly isSeen: () => boolean },
): Trouble {
  const match = ({ produce }: RequestInfo) =>
    produce?.topics.some(({ topic }) => topic === dlqTopic) ?? false;
  const rule: Rule = { match, act };
  return {
    begin: () => Promise.resolve(seats.forEach(({ proxy }) => proxy.rules.add(rule))),
    end: () => Promise.resolve(seats.forEach(({ proxy }) => proxy.rules.remove(rule))),
    isSeen,
  };
}

/** The topic as setup makes it. */
function planOf({ topic, dlqTopic, stack }: World) {
  const names = { topic, dlqTopic, partitions: PARTITIONS };
  return topicPlans(names, stack.brokers.length).find((plan) => plan.topic === dlqTopic)!;
}

/** A topic that was just deleted may still be on its way out. */
async function again(work: () => Promise<unknown>): Promise<void> {
  let last: unknown;
  await until("the end of what was done to the dead letter topic", () =>
    work().then(() => true, (error) => {
      last = error;
      return false;
    }), MENDED_MS).catch((error) => {
      throw new Error(error.message, { cause: last });
    });
}
