import {
  type Action,
  type Behaviour,
  type PlannedRecord,
  type Schedule,
  scheduleOf,
} from "../simulation/schedule.ts";

/** A schedule with a name, to be played in both worlds. */
export interface Scenario {
  readonly name: string;
  readonly schedule: Schedule;
  /** How many records come to no end; default none. */
  readonly unfinished?: number;
}

/** Quick, and yet slow enough for a real group: what is compared does not depend on it. */
const TIMING = { sessionMs: 3_000, breakerMs: 800, backoffMs: 100 };
const PARTITIONS = 3;
/** Drawn schedules last twenty seconds and more. */
const SHORTER = 8;
const SEEDS = [3, 5, 9, 12, 15];

const QUICK: Behaviour = { kind: "succeeds", afterMs: 5 };
const START: Action = { at: 0, do: "start" };

/** Handwritten, and some that chance makes. */
export const SCENARIOS: readonly Scenario[] = [
  scenario("first tries fail", {
    records: mixed([{ kind: "fails-first", times: 1 }, QUICK, { kind: "fails-first", times: 2 }, QUICK]),
  }),
  scenario("some always fail", { records: mixed([QUICK, { kind: "always-fails" }, QUICK]) }),
  scenario("refused, undecodable, and nothing at all", {
    records: mixed([{ kind: "refused" }, QUICK, { kind: "undecodable" }, { kind: "tombstone" }, QUICK]),
  }),
  scenario("a dependency goes, and comes back", {
    records: spread(mixed([QUICK, { kind: "fails-first", times: 1 }, QUICK])),
    actions: [START, { at: 300, do: "dependency-down", forMs: 1_500 }],
  }),
  scenario("stopped, and started again", {
    records: spread(mixed([QUICK, { kind: "succeeds", afterMs: 200 }, { kind: "refused" }])),
    actions: [START, { at: 700, do: "stop", process: 0 }, { at: 900, do: "start" }],
  }),
  scenario("killed, and another one goes on", {
    records: spread(mixed([QUICK, { kind: "succeeds", afterMs: 150 }, { kind: "always-fails" }, QUICK])),
    actions: [START, START, { at: 800, do: "kill", process: 0 }],
  }),
  scenario("killed with nobody beside it", {
    records: spread(mixed([QUICK, { kind: "undecodable" }, { kind: "succeeds", afterMs: 100 }])),
    actions: [START, { at: 900, do: "kill", process: 0 }, { at: 1_000, do: "start" }],
  }),
  scenario("another one joins, and leaves", {
    records: spread(mixed([QUICK, { kind: "fails-first", times: 2 }, { kind: "succeeds", afterMs: 100 }])),
    actions: [START, { at: 500, do: "start" }, { at: 1_500, do: "stop", process: 1 }],
  }),
  scenario("a slow record, and a stop in the middle of it", {
    records: [
      record(1, { kind: "succeeds", afterMs: 2_500 }),
      ...mixed([QUICK, QUICK, { kind: "refused" }]),
    ],
    actions: [START, { at: 900, do: "stop", process: 0 }, { at: 1_000, do: "start" }],
  }),
  scenario("frozen for longer than its session", {
    records: spread(mixed([QUICK, { kind: "always-fails" }, { kind: "succeeds", afterMs: 80 }])),
    actions: [START, START, { at: 600, do: "freeze", process: 0, forMs: 4_500 }],
  }),
  scenario("commits are refused for a while", {
    records: spread(mixed([QUICK, { kind: "refused" }, QUICK])),
    actions: [START, { at: 200, do: "commits-refused", forMs: 1_500 }],
  }),
  scenario("answers to commits are lost, and another one joins", {
    records: spread(mixed([QUICK, { kind: "succeeds", afterMs: 100 }, QUICK])),
    actions: [START, { at: 200, do: "commit-answers-lost", forMs: 1_000 }, { at: 700, do: "start" }],
  }),
  scenario("the dead letter topic goes, and comes back", {
    records: spread(mixed([QUICK, { kind: "undecodable" }, QUICK, { kind: "always-fails" }])),
    actions: [START, { at: 100, do: "dead-letters-down", forMs: 1_500 }],
  }),
  scenario("the dead letter topic stays away", {
    records: [...mixed([QUICK, QUICK, QUICK]), record(2, { kind: "undecodable" }), ...mixed([QUICK, QUICK])],
    actions: [START, { at: 0, do: "dead-letters-down", forMs: 60_000 }],
    endsAt: 5_000,
    unfinished: 3, // that one, and the two of its key behind it
  }),
  scenario("a flood of bad records is held", {
    records: [
      ...Array.from({ length: 60 }, () => record(1, { kind: "undecodable" })),
      ...mixed([QUICK]).filter(({ partition }) => partition !== 1),
    ],
    endsAt: 5_000,
    unfinished: 10,
  }),
  scenario("everything at once", {
    records: spread(mixed([
      QUICK,
      { kind: "fails-first", times: 1 },
      { kind: "undecodable" },
      { kind: "succeeds", afterMs: 300 },
      { kind: "always-fails" },
      { kind: "tombstone" },
    ])),
    actions: [
      START,
      START,
      { at: 400, do: "dependency-down", forMs: 700 },
      { at: 600, do: "stop", process: 1 },
      { at: 900, do: "start" },
      { at: 1_300, do: "dead-letters-down", forMs: 800 },
      { at: 1_700, do: "kill", process: 0 },
    ],
  }),
  ...SEEDS.map((seed) => ({ name: `seed ${seed}`, schedule: shorter(scheduleOf(seed)) })),
];

function scenario(
  name: string,
  { unfinished, actions = [START], ...rest }:
    & Pick<Schedule, "records">
    & Partial<Pick<Schedule, "actions" | "endsAt">>
    & { readonly unfinished?: number },
): Scenario {
  const schedule = { seed: 1, partitions: PARTITIONS, timing: TIMING, actions, ...rest };
  return { name, schedule, ...(unfinished !== undefined && { unfinished }) };
}

function record(user: number, behaviour: Behaviour, at = 0): PlannedRecord {
  return { at, partition: user % PARTITIONS, key: `user-${user}`, behaviour };
}

/** Each of five users has these, one after the other, the users in turn. */
function mixed(behaviours: readonly Behaviour[]): PlannedRecord[] {
  return behaviours.flatMap((behaviour) => [1, 2, 3, 4, 5].map((user) => record(user, behaviour)));
}

/** The same, written over two seconds and not at once. */
function spread(records: readonly PlannedRecord[]): PlannedRecord[] {
  return records.map((one, index) => ({ ...one, at: Math.floor(index * 2_000 / records.length) }));
}

function shorter(schedule: Schedule): Schedule {
  const less = (ms: number) => Math.round(ms / SHORTER);
  return {
    ...schedule,
    timing: TIMING,
    // Where messages end together, how often one was tried depends on which others were with it.
    handling: {
      calls: schedule.seed % 2 === 0 ? "of-many" : "of-one",
      batch: {},
      handlerTimeoutMs: 30_000,
      obeysSignals: false,
    },
    records: schedule.records.map((one) => ({
      ...one,
      at: less(one.at),
      behaviour: one.behaviour.kind === "succeeds"
        ? { ...one.behaviour, afterMs: less(one.behaviour.afterMs) }
        : one.behaviour,
    })),
    actions: schedule.actions.map((one) => ({
      ...one,
      at: less(one.at),
      ...("forMs" in one && { forMs: less(one.forMs) }),
    })),
  };
}
