import { MIN_JAVA } from "./versions.ts";

/** A Java that was asked for its version. */
export interface JavaCandidate {
  /** The `java` program to run. */
  readonly executable: string;
  /** Where it was found, in words for a person: `JAVA_HOME`, `PATH`, a folder. */
  readonly foundIn: string;
  /** 17, 21, 25; `undefined` when it did not answer like a Java. */
  readonly major: number | undefined;
}

/** The feature release in what `java -version` prints: `"1.8.0_402"` is 8, `"25.0.3"` is 25. */
export function javaMajor(output: string): number | undefined {
  const found = /version "(?:1\.)?(\d+)/.exec(output);
  return found === null ? undefined : Number(found[1]);
}

/** The first candidate that is new enough, in the order given. */
export function chooseJava(candidates: readonly JavaCandidate[]): JavaCandidate | undefined {
  return candidates.find(({ major }) => major !== undefined && major >= MIN_JAVA);
}

/** One sentence about why there is no Java to run the stack with, and the way out. */
export function explainNoJava(candidates: readonly JavaCandidate[]): string {
  const wayOut = `install a JDK ${MIN_JAVA} or newer (for example from https://adoptium.net) or point ` +
    "JAVA_HOME at one, or start a Docker engine";
  const working = candidates.filter(({ major }) => major !== undefined);
  if (working.length === 0) {
    return `No Java was found in JAVA_HOME, on PATH or among the usual folders, and the local stack needs ` +
      `one of ${MIN_JAVA} or newer: ${wayOut}.`;
  }
  const seen = working.map(({ foundIn, major }) => `${major} (${foundIn})`).join(", ");
  return `The local stack needs Java ${MIN_JAVA} or newer and only found ${seen}: ${wayOut}.`;
}
