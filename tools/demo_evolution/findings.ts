/**
 * What the story of two versions came to, and which of it must be so. Pure.
 */
import { type Check, type Counts, grouped, list, sum } from "../demo/findings.ts";
import type { TriedEdit } from "./edits.ts";

/** Everything that the screen is made of. */
export interface EvolutionFindings {
  readonly name: string;
  readonly seconds: number;
  readonly ids: { readonly v1: number; readonly v2: number };
  /** The fields that version 2 adds. */
  readonly added: readonly [withDefault: string, optional: string];
  /** Orders that were acknowledged, all in all. */
  readonly sent: number;
  /** Records of the topic by schema id, and how many there had to be. */
  readonly records: Counts;
  readonly expectedRecords: Counts;
  /** Of each consumer: orders that lie in its store as they were sent. */
  readonly stored: { readonly v1: number; readonly v2: number; readonly cold: number };
  /** What each consumer said that it loses of the other version. */
  readonly losses: { readonly v1: string; readonly v2: string };
  readonly edits: readonly TriedEdit[];
  readonly away: Away;
  /** Dead letters by reason, and how many there had to be. */
  readonly deadLetters: Counts;
  readonly expectedDeadLetters: Counts;
  readonly next: readonly (readonly [command: string, what: string])[];
}

/** What happened while the registry did not run. */
export interface Away {
  /** Orders sent by programs that were started meanwhile, with schemas from disk. */
  readonly warmOrders: number;
  /** How the producer without schemas on disk ended, and whether it said why. */
  readonly coldExitCode: number;
  readonly isColdExplained: boolean;
  /** Whether the consumer without schemas on disk said that it waits, and what it had stored by then. */
  readonly isColdWaiting: boolean;
  readonly coldStored: number;
  readonly deadLetters: number;
}

/** Each thing that must be so, with a sentence for when it is not. */
export function checks(found: EvolutionFindings): Record<EvolutionCheck, Check> {
  const { stored, losses, added: [withDefault, optional], away, edits, sent } = found;
  const missing = (who: string, count: number) =>
    `${who} stored ${grouped(count)} of ${grouped(sent)} orders as sent`;
  return {
    v1: {
      ok: stored.v1 === sent && losses.v1 === `dropped ${withDefault}, ${optional}`,
      text: `${missing("version 1", stored.v1)}; it said of the other version: ${losses.v1 || "nothing"}`,
    },
    v2: {
      ok: stored.v2 === sent && losses.v2 === `defaulted ${withDefault} "EUR", ${optional} null`,
      text: `${missing("version 2", stored.v2)}; it said of the other version: ${losses.v2 || "nothing"}`,
    },
    edits: {
      ok: edits.length >= 5 && edits.every(isAsExpected),
      text: `edits that should have been refused: ${
        edits.filter((edit) => !isAsExpected(edit)).map(({ what }) => what).join(", ")
      }`,
    },
    warm: { ok: away.warmOrders > 0, text: "nothing was sent while the registry did not run" },
    cold: {
      ok: away.coldExitCode === 4 && away.isColdExplained && away.isColdWaiting && away.coldStored === 0 &&
        away.deadLetters === 0,
      text: `without the registry and schemas on disk: producer ended with ${away.coldExitCode}, ` +
        `consumer stored ${away.coldStored}, ${away.deadLetters} dead letters`,
    },
    back: {
      ok: stored.cold === sent && sameCounts(found.deadLetters, found.expectedDeadLetters),
      text: `${missing("the consumer that had waited", stored.cold)}; dead letters: ` +
        `${list(found.deadLetters)}, there had to be ${list(found.expectedDeadLetters)}`,
    },
    rollback: {
      ok: sameCounts(found.records, found.expectedRecords),
      text: `records by schema id: ${byId(found.records)}, there had to be ${byId(found.expectedRecords)}`,
    },
  };
}

/** What {@linkcode checks} looks at. */
export type EvolutionCheck = "v1" | "v2" | "edits" | "warm" | "cold" | "back" | "rollback";

/** Whether both verdicts on an edit are what they have to be. */
export function isAsExpected({ expected, registry, sentence }: TriedEdit): boolean {
  return registry === expected && sentence !== undefined;
}

/** `160 of schema 1, 80 of schema 3` */
export function byId(records: Counts): string {
  return [...records].map(([id, count]) => `${grouped(count)} of schema ${id}`).join(", ") || "none";
}

function sameCounts(found: Counts, expected: Counts): boolean {
  return sum(found) === sum(expected) && [...expected].every(([name, count]) => found.get(name) === count);
}
