import type { AvroType } from "../avro_schema.ts";
import { joinPath } from "./compatibility.ts";

/** One difference between two versions of a schema, and what readers of the other version see of it. */
export interface Change {
  /** The field: `price`, `lines[].sku`; empty for the record itself. */
  readonly path: string;
  /** The same field as the older version calls it. */
  readonly olderPath: string;
  /** Names the kind of change, for programs and for waivers. */
  readonly code: ChangeCode;
  /** What was changed, to be read after the path: `symbol "critical" added`. */
  readonly what: string;
  /** Readers on the newer version, reading what was written with the older. */
  readonly newReaders: Effect;
  /** Readers on the older version, reading what was written with the newer. */
  readonly oldReaders: Effect;
  /** What to write instead, where there is a better way. */
  readonly fix: string | undefined;
}

/** What one side sees of a change. */
export interface Effect {
  readonly grade: Grade;
  /** In words: `fine`, `see the default "EUR"`. */
  readonly words: string;
}

/**
 * How bad it is.
 *
 * `fine`: nothing. `note`: worth knowing. `warn`: something is lost or refused, and it shows. `misread`: values mean
 * something else and nobody notices. `unreadable`: such records cannot be read at all.
 */
export type Grade = "fine" | "note" | "warn" | "misread" | "unreadable";

/** The kinds of change. */
export type ChangeCode =
  | "field-added"
  | "field-removed"
  | "field-renamed"
  | "fields-reordered"
  | "type-renamed"
  | "type-changed"
  | "unit-changed" // another logical type on the same bytes, or another scale
  | "logical-type-added"
  | "logical-type-removed"
  | "precision-changed"
  | "size-changed"
  | "symbol-added"
  | "symbol-removed"
  | "symbols-reordered"
  | "enum-default-changed"
  | "branch-added"
  | "branch-removed"
  | "branches-reordered"
  | "default-changed"
  | "default-added"
  | "default-removed"
  | "constraint-narrowed"
  | "constraint-widened"
  | "attribute-changed"
  | "words-changed"; // documentation and aliases

/** Nothing to see. */
export const FINE: Effect = { grade: "fine", words: "fine" };

/** An effect of a grade. */
export function effect(grade: Grade, words: string): Effect {
  return { grade, words };
}

/** A change whose effects that are not given are fine. */
export function change(
  given: Pick<Change, "path" | "code" | "what"> & Partial<Pick<Change, "newReaders" | "oldReaders" | "fix">>,
): Change {
  return { olderPath: given.path, newReaders: FINE, oldReaders: FINE, fix: undefined, ...given };
}

/** The changes with a step in front of their paths, which the older version may call otherwise. */
export function below(step: string, changes: readonly Change[], olderStep: string = step): Change[] {
  return changes.map((one) => ({
    ...one,
    path: joinPath(step, one.path),
    olderPath: joinPath(olderStep, one.olderPath),
  }));
}

/** Compares the types inside others; paths begin where they are. */
export type CompareTypes = (older: AvroType, newer: AvroType) => Change[];
