import assert from "node:assert/strict";
import { decodeCommitMetadata } from "../../lib/consumer/commit_metadata.ts";
import { place } from "../harness/ledger_history.ts";
import type { PlannedWrite } from "../simulation/play.ts";
import type { World } from "../simulation/world.ts";

/**
 * What came of a scenario, as far as both worlds must agree. When something happened, which process did it and what was
 * done again after a crash is chance's, in each of them.
 */
export interface Outcome {
  /** By id: `processed`, `skipped`, `dead-lettered: REASON after N tries`, or `unfinished`. */
  readonly records: Readonly<Record<string, string>>;
  /** By key: the ids of its records in the order in which they came to their end. */
  readonly order: Readonly<Record<string, readonly string[]>>;
  /** By partition: `17`, or `3 and 4,5,7` with what is finished beyond. */
  readonly commits: Readonly<Record<number, string>>;
}

/** A position as the group has it. */
export interface CommittedPosition {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** The outcome of a scenario out of what a world wrote down, and what its group had in the end. */
export function outcomeOf(
  world: Pick<World, "effects" | "deadLetters" | "skipped" | "ends">,
  planned: readonly PlannedWrite[],
  commits: readonly CommittedPosition[],
): Outcome {
  const fates = new Map<string, string>();
  for (const effect of world.effects) fates.set(place(effect), "processed");
  for (const one of world.skipped) fates.set(place(one), "skipped");
  for (const letter of world.deadLetters) {
    const fate = `dead-lettered: ${letter.reason} after ${letter.attempts} tries`;
    const before = fates.get(place(letter)) ?? fate;
    fates.set(place(letter), before === fate ? fate : `${before}, and ${fate}`);
  }
  const ended = [...new Set(world.ends)];
  const keys = Map.groupBy(planned, ({ plan }) => plan.key);
  return {
    records: Object.fromEntries(
      planned.map(({ id, entry }) => [id, fates.get(place(entry)) ?? "unfinished"]),
    ),
    order: Object.fromEntries([...keys].map(([key, records]) => {
      const ids = new Set(records.map(({ id }) => id));
      return [key, ended.filter((id) => ids.has(id))];
    })),
    commits: Object.fromEntries(commits.map(({ partition, offset, metadata }) => {
      const { finished: beyond } = decodeCommitMetadata(metadata, offset);
      return [partition, beyond.length === 0 ? `${offset}` : `${offset} and ${beyond}`];
    })),
  };
}

/** How many records came to no end. */
export function unfinishedIn({ records }: Outcome): number {
  return Object.values(records).filter((fate) => fate === "unfinished").length;
}

/** Where two worlds do not agree, for people; undefined where they do. */
export function disagreement(simulated: Outcome, real: Outcome): string | undefined {
  try {
    assert.deepEqual(real, simulated);
  } catch (error) {
    return `the real world (actual) and the simulated one (expected) do not agree: ${
      (error as Error).message
    }`;
  }
}
