import { seededRandom } from "../harness/seeded_random.ts";

/** The members of the group, by number from 0. */
export const MEMBERS = 4;
/** Every request that a member makes, by Kafka's names. Produce is that of dead letters. */
export const APIS = [
  "Fetch",
  "OffsetCommit",
  "OffsetFetch",
  "JoinGroup",
  "SyncGroup",
  "Heartbeat",
  "FindCoordinator",
  "Metadata",
  "Produce",
] as const;
/** What a coordinator says to a commit in a rebalance, around one, or when it is none any more. */
export const COMMIT_CODES = {
  REBALANCE_IN_PROGRESS: 27,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  NOT_COORDINATOR: 16,
  COORDINATOR_NOT_AVAILABLE: 15,
  FENCED_INSTANCE_ID: 82,
} as const;

export type Api = (typeof APIS)[number];
export type CommitCode = keyof typeof COMMIT_CODES;

/** What is done, from its moment on. */
export type Action =
  /** SIGKILL, all at once; started again at once. */
  | { readonly do: "kill"; readonly members: readonly number[] }
  /** SIGTERM and a new start, one after the other. */
  | { readonly do: "restart"; readonly members: readonly number[] }
  /** SIGSTOP, then SIGCONT. */
  | { readonly do: "freeze"; readonly member: number; readonly forMs: number }
  /** Its event loop runs nothing, while the system goes on serving its sockets. */
  | { readonly do: "block"; readonly member: number; readonly forMs: number }
  /** Its wall clock is an hour back, and then right again. */
  | { readonly do: "clock"; readonly member: number; readonly forMs: number }
  /** A fifth member joins, and leaves after two seconds, again and again. */
  | { readonly do: "guest"; readonly rounds: number }
  /** SIGKILL to brokers in turn, each started again. */
  | { readonly do: "brokers"; readonly brokers: readonly number[]; readonly downMs: number }
  | { readonly do: "coordinator"; readonly downMs: number }
  | { readonly do: "postgres"; readonly forMs: number }
  /** The registry is killed, and a member started without it. */
  | { readonly do: "registry"; readonly member: number; readonly forMs: number }
  | {
    readonly do: "dead-letters";
    readonly how: "deleted" | "full" | "forbidden" | "slow";
    readonly forMs: number;
  }
  | {
    readonly do: "answers";
    readonly how: "lost" | "late" | "reset";
    readonly api: Api;
    readonly member: number;
    readonly times: number;
    readonly lateMs: number;
  }
  | { readonly do: "commits"; readonly code: CommitCode; readonly member: number; readonly times: number };

/** An action and its moment, in milliseconds since the load began. */
export type Fault = Action & { readonly at: number; readonly kind: string };

type Random = () => number;
type Draw = (random: Random) => Action;

const LONG_MS = 40_000;
const LATEST_MS = 4_000;
const MAX_FAULTS = 3;

/** Every kind of fault by its name. */
export const KINDS: Readonly<Record<string, Draw>> = {
  "kill -9": (random) => ({ do: "kill", members: [member(random)] }),
  "kill -9 of two": (random) => ({ do: "kill", members: neighbours(random) }),
  "kill -9 of all": () => ({ do: "kill", members: everybody() }),
  "SIGTERM": (random) => ({ do: "restart", members: [member(random)] }),
  "SIGTERM of all in turn": () => ({ do: "restart", members: everybody() }),
  "SIGSTOP for 40 s": (random) => ({ do: "freeze", member: member(random), forMs: LONG_MS }),
  "SIGSTOP": (random) => ({ do: "freeze", member: member(random), forMs: between(random, 1_500, 12_000) }),
  "event loop blocked for 40 s": (random) => ({ do: "block", member: member(random), forMs: LONG_MS }),
  "event loop blocked": (random) => ({
    do: "block",
    member: member(random),
    forMs: between(random, 1_500, 12_000),
  }),
  "clock set back": (random) => ({
    do: "clock",
    member: member(random),
    forMs: between(random, 2_000, 5_000),
  }),
  "joins and leaves": (random) => ({ do: "guest", rounds: between(random, 2, 4) }),
  "broker killed": (random) => ({
    do: "brokers",
    brokers: [between(random, 0, 2)],
    downMs: between(random, 0, 3_000),
  }),
  "brokers killed in turn": (random) => ({
    do: "brokers",
    brokers: [0, 1, 2],
    downMs: between(random, 0, 2_000),
  }),
  "coordinator killed": (random) => ({ do: "coordinator", downMs: between(random, 0, 3_000) }),
  "PostgreSQL killed": (random) => ({ do: "postgres", forMs: between(random, 500, 6_000) }),
  "registry killed": (random) => ({
    do: "registry",
    member: member(random),
    forMs: between(random, 500, 3_000),
  }),
  ...Object.fromEntries(
    (["deleted", "full", "forbidden", "slow"] as const).map((how): [string, Draw] => [
      `dead letter topic ${how}`,
      (random) => ({ do: "dead-letters", how, forMs: between(random, 1_500, 4_000) }),
    ]),
  ),
  ...Object.fromEntries(APIS.flatMap((api): [string, Draw][] => [
    [`${api} answers lost`, (random) => answers(random, api, lostHow(random, api))],
    [`${api} answers late`, (random) => answers(random, api, "late")],
  ])),
  ...Object.fromEntries((Object.keys(COMMIT_CODES) as CommitCode[]).map((code): [string, Draw] => [
    `commits answered ${code}`,
    (random) => ({ do: "commits", code, member: member(random), times: between(random, 1, 8) }),
  ])),
};

/** Short schedules that hold as many kinds as a dozen can, for every `deno task test`. */
export const CI_SEEDS = [
  ...[3291, 4353, 4627, 4838, 7370, 10668],
  ...[11522, 13764, 14438, 15012, 16907, 19606],
];

/** The faults of a seed, in the order of their moments: one to three, of which none takes what another one needs. */
export function faultsOf(seed: number): Fault[] {
  const random = seededRandom(seed);
  const names = Object.keys(KINDS);
  const wanted = between(random, 1, MAX_FAULTS);
  const faults: Fault[] = [];
  const taken = new Set<string>();
  // As many seeds as there are kinds, one after the other, begin with each kind once; what comes beside it is chance's.
  for (let kind = names[seed % names.length]!; faults.length < wanted; kind = oneOf(random, names)) {
    const fault = { at: between(random, 300, LATEST_MS), kind, ...KINDS[kind]!(random) };
    const claims = claimsOf(fault);
    if (claims.some((claim) => taken.has(claim))) continue;
    for (const claim of claims) taken.add(claim);
    faults.push(fault);
  }
  return faults.sort((a, b) => a.at - b.at);
}

/** Who is kept from the other faults while this one lasts. */
export function claimsOf(fault: Action): readonly string[] {
  switch (fault.do) {
    case "kill":
    case "restart":
      return fault.members.map((number) => `member ${number}`);
    case "guest":
      return ["guest"];
    case "brokers":
    case "coordinator":
      return ["cluster"];
    case "postgres":
      return ["postgres"];
    case "registry":
      return ["registry", `member ${fault.member}`];
    case "dead-letters":
      // What is done to the topic needs every broker.
      return fault.how === "forbidden" ? ["dead letters"] : ["dead letters", "cluster"];
    case "answers":
      return [...new Set([fault.member, ...triggerOf(fault.api, fault.member)])].map((one) =>
        `member ${one}`
      );
    default:
      return [`member ${fault.member}`];
  }
}

/** Who is stopped and started so that a member makes this request: nobody for those that it makes all the time. */
export function triggerOf(api: Api, member: number): number[] {
  switch (api) {
    case "JoinGroup":
    case "SyncGroup":
    case "OffsetFetch":
      return [(member + 1) % MEMBERS];
    case "FindCoordinator":
    case "Metadata":
      return [member];
    default:
      return [];
  }
}

/** The fault on one line, for people. */
export function describeFault({ at, kind, ...action }: Fault): string {
  const details = Object.entries(action).filter(([name]) => name !== "do" && name !== "how" && name !== "api")
    .filter(([name]) => name !== "lateMs" || ("how" in action && action.how === "late"));
  const list = details.map(([name, value]) => `${name} ${value}`).join(", ");
  return `${(at / 1_000).toFixed(1)} s ${kind}${list === "" ? "" : ` (${list})`}`;
}

function answers(random: Random, api: Api, how: "lost" | "late" | "reset"): Action {
  const often = triggerOf(api, 0).length === 0;
  // Each time costs the member its place in the group, for a while.
  const most = api === "Heartbeat" ? 2 : 4;
  return {
    do: "answers",
    how,
    api,
    member: member(random),
    times: often ? between(random, 1, most) : 1,
    lateMs: between(random, 300, 5_000),
  };
}

/** Either never comes, or the connection ends in its place. A client waits over a minute for a JoinGroup: rarely. */
function lostHow(random: Random, api: Api): "lost" | "reset" {
  return random() < (api === "JoinGroup" ? 0.7 : 0.4) ? "reset" : "lost";
}

function member(random: Random): number {
  return between(random, 0, MEMBERS - 1);
}

function neighbours(random: Random): number[] {
  const first = member(random);
  return [first, (first + 1) % MEMBERS];
}

function everybody(): number[] {
  return Array.from({ length: MEMBERS }, (_, number) => number);
}

function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[between(random, 0, list.length - 1)]!;
}

/** A whole number from `min` to `max`, both included. */
function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}
