import type { BatchOptions } from "../../lib/consumer/batches.ts";
import { between, seeded } from "./seeded.ts";

/** What the handler does with a record, the same in every process. */
export type Behaviour =
  | { readonly kind: "succeeds"; readonly afterMs: number }
  /** The first tries by a process fail. */
  | { readonly kind: "fails-first"; readonly times: number }
  | { readonly kind: "always-fails" }
  | { readonly kind: "refused" }
  | { readonly kind: "undecodable" }
  /** No value: there is nothing to do. */
  | { readonly kind: "tombstone" };

/** A record, and when it is written. */
export interface PlannedRecord {
  readonly at: number;
  readonly partition: number;
  readonly key: string;
  readonly behaviour: Behaviour;
}

/** Something that happens to the world. Processes are counted in the order of their starts. */
export type Action =
  & { readonly at: number }
  & (
    | { readonly do: "start" }
    | { readonly do: "stop" | "kill"; readonly process: number }
    | { readonly do: "freeze"; readonly process: number; readonly forMs: number }
    | {
      readonly do: "commits-refused" | "commit-answers-lost" | "dependency-down" | "dead-letters-down";
      readonly forMs: number;
    }
  );

/** How fast things go; in milliseconds. */
export interface Timing {
  readonly sessionMs: number;
  readonly breakerMs: number;
  /** The first wait between two tries. */
  readonly backoffMs: number;
}

/** How handlers are called. */
export interface Handling {
  /** One message at a time, or many: then each ends for itself, or all of them together, as in one transaction. */
  readonly calls: "of-one" | "of-many" | "all-or-nothing";
  readonly batch: BatchOptions;
  readonly handlerTimeoutMs: number;
  /** Whether handlers end without an effect when they are told to; the others go on as if nothing were. */
  readonly obeysSignals: boolean;
}

/** Everything that is decided about a run. The rest follows from it. */
export interface Schedule {
  readonly seed: number;
  readonly partitions: number;
  readonly timing: Timing;
  /** Default: one message at a time, which may take half a minute. */
  readonly handling?: Handling;
  readonly records: readonly PlannedRecord[];
  readonly actions: readonly Action[];
  /** When it is over, whatever is finished by then; without it, when everything is. */
  readonly endsAt?: number;
}

const TIMING: Timing = { sessionMs: 10_000, breakerMs: 5_000, backoffMs: 1_000 };

const DURATION_MS = 20_000;

/** Of calm schedules half have handlers of many, and half of the others. */
function handlingOf(seed: number): Handling {
  const calls = seed % 4 < 2 ? "of-one" : seed % 8 < 4 ? "of-many" : "all-or-nothing";
  // There the slowest come too late, each time. Of many in one call it would be chance who is late with them.
  const isImpatient = seed % 3 === 0 && calls === "of-one";
  return {
    calls,
    batch: { maxRecords: 1 + seed % 5, concurrency: 1 + seed % 3 },
    handlerTimeoutMs: isImpatient ? 4_000 : 30_000,
    obeysSignals: isImpatient,
  };
}

/** The schedule of a seed. `calm`: only starts and stops, so that nothing at all may be repeated. */
export function scheduleOf(seed: number, { calm = false } = {}): Schedule {
  const random = seeded(seed);
  const partitions = between(random, 1, 3);
  const keys = between(random, 1, 6);
  const records = Array.from({ length: between(random, 15, 70) }, (): PlannedRecord => {
    const key = between(random, 1, keys);
    return {
      at: random() < 0.5 ? 0 : between(random, 0, DURATION_MS * 0.7),
      partition: key % partitions,
      key: `user-${key}`,
      behaviour: behaviour(random, calm),
    };
  }).sort((a, b) => a.at - b.at);
  const actions = Array.from({ length: between(random, 1, 8) }, () => action(random, calm));
  return {
    seed,
    partitions,
    timing: TIMING,
    handling: handlingOf(seed),
    records,
    actions: [{ at: 0, do: "start" }, ...actions.sort((a, b) => a.at - b.at)],
  };
}

function behaviour(random: () => number, calm: boolean): Behaviour {
  const dice = random();
  if (dice < 0.03) return { kind: "refused" };
  if (dice < 0.06) return { kind: "undecodable" };
  if (!calm && dice < 0.09) return { kind: "always-fails" };
  if (!calm && dice < 0.14) return { kind: "fails-first", times: between(random, 1, 2) };
  const slow = random() < 0.06;
  return {
    kind: "succeeds",
    afterMs: slow ? between(random, 500, calm ? 3_000 : 12_000) : between(random, 0, 40),
  };
}

function action(random: () => number, calm: boolean): Action {
  const at = between(random, 0, DURATION_MS);
  const process = between(random, 0, 3);
  const dice = random() * (calm ? 0.5 : 1);
  if (dice < 0.3) return { at, do: "start" };
  if (dice < 0.5) return { at, do: "stop", process };
  if (dice < 0.65) return { at, do: "kill", process };
  if (dice < 0.75) return { at, do: "freeze", process, forMs: between(random, 500, 45_000) };
  const forMs = between(random, 200, 12_000);
  if (dice < 0.81) return { at, do: "commits-refused", forMs };
  if (dice < 0.87) return { at, do: "commit-answers-lost", forMs };
  return { at, do: dice < 0.94 ? "dependency-down" : "dead-letters-down", forMs };
}
