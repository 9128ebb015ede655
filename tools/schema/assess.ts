import type { Change, ChangeCode, Effect } from "@orderline/lib/avro/evolution/change";
import {
  directionsOf,
  type Incompatibility,
  registryObjections,
} from "@orderline/lib/avro/evolution/compatibility";
import { schemaChanges } from "@orderline/lib/avro/evolution/schema_changes";
import { readingProblem } from "@orderline/lib/avro/reader";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import type { CompatibilityLevel } from "@orderline/lib/avro/registry";

/** A schema with what it is called: `v1`, `head`. */
export interface SchemaVersion {
  readonly label: string;
  readonly text: string;
}

/** A change from one version to another, and the three verdicts on it. */
export interface Assessment {
  readonly from: string;
  readonly to: string;
  readonly level: CompatibilityLevel;
  readonly changes: readonly Change[];
  /** What a registry objects to at this level; empty when it accepts. */
  readonly registry: readonly Incompatibility[];
  /** Why our decoder could not read across the change, in either direction. */
  readonly decoder: { readonly newReaders: string | undefined; readonly oldReaders: string | undefined };
  /** Whether a registry that looks only at what decides the bytes takes both for one schema, and keeps the older text. */
  readonly onlyWords: boolean;
  /** What we refuse, whatever the registry says; empty when the change may be made. */
  readonly refusals: readonly Refusal[];
}

/** A reason against a change. */
export interface Refusal {
  /** `registry`, `decoder`, or the code of the change that loses or changes meaning. Waivers name it. */
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

/** What comes of replacing one version by another, at the level of its subject. */
export function assess(older: SchemaVersion, newer: SchemaVersion, level: CompatibilityLevel): Assessment {
  const [before, after] = [readRecordSchema(older.text), readRecordSchema(newer.text)];
  const changes = schemaChanges(before, after);
  const registry = registryObjections(after, [before], level);
  const decoder = {
    newReaders: readingProblem(newer.text, older.text),
    oldReaders: readingProblem(older.text, newer.text),
  };
  const refusals = [
    ...registry.map(({ path, message }) => ({ rule: "registry", path, message })),
    ...changes.flatMap(misreadings),
  ];
  const { newReadsOld, oldReadsNew } = directionsOf(level);
  const unread = (newReadsOld ? decoder.newReaders : undefined) ??
    (oldReadsNew ? decoder.oldReaders : undefined);
  // Where the registry or the meaning says no already, the decoder says the same in other words.
  if (refusals.length === 0 && unread !== undefined) {
    refusals.push({ rule: "decoder", path: "", message: unread });
  }
  const onlyWords = changes.length > 0 && changes.every(({ code }) => WORDS.has(code));
  return { from: older.label, to: newer.label, level, changes, registry, decoder, onlyWords, refusals };
}

/** What Apicurio does not tell apart. */
const WORDS: ReadonlySet<ChangeCode> = new Set(["words-changed", "enum-default-changed"]);

function misreadings({ code, path, what, newReaders, oldReaders }: Change): Refusal[] {
  const told = (who: string, { grade, words }: Effect) => grade === "misread" ? [`${who} ${words}`] : [];
  const sides = newReaders.words === oldReaders.words
    ? told("readers", newReaders)
    : [...told("new readers", newReaders), ...told("old readers", oldReaders)];
  return sides.length === 0 ? [] : [{ rule: code, path, message: `${what}: ${sides.join("; ")}` }];
}
