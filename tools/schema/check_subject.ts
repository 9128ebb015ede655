import type { CompatibilityLevel } from "@orderline/lib/avro/registry";
import { assess, type Assessment, type Refusal, type SchemaVersion } from "./assess.ts";
import { goldenDrift, goldenValues, unreadGolden } from "./golden.ts";
import { lint, type LintProblem } from "./lint.ts";
import { releasePath, type Subject } from "./schema_folder.ts";
import { schemaSha256 } from "./schema_sha256.ts";
import { weigh, type Weighed } from "./waivers.ts";

/** All that a check of a subject finds. */
export interface SubjectReport {
  readonly subject: string;
  readonly level: CompatibilityLevel;
  readonly lint: readonly LintProblem[];
  /** Releases that are not what the lock or their golden bytes say. */
  readonly drift: readonly string[];
  /** The head against each version that it differs from, the newest first. */
  readonly assessments: readonly (Assessment & Weighed)[];
  /** Whether nothing stands against releasing the head. */
  readonly ok: boolean;
}

/**
 * Holds the head of a subject against everything that was released of it, and the releases against what they were.
 * Asks no server.
 *
 * `others` are versions from elsewhere, such as another branch, that the head is held against as well; `today` is the
 * day for which waivers count, such as `2026-11-21`.
 */
export async function checkSubject(
  subject: Subject,
  { today, others = [] }: { today: string; others?: readonly SchemaVersion[] },
): Promise<SubjectReport> {
  const { compatibility: level, head: text, file, waivers } = subject;
  const head = { label: "head", text };
  const released = subject.releases.map((one) => ({ label: `v${one.version}`, text: one.text })).toReversed();
  const assessments = [...released, ...others]
    .map((older, index) => assess(older, head, isLookedAt(level, index) ? level : "NONE"))
    .filter(({ changes }) => changes.length > 0)
    .map((assessment) => ({ ...assessment, ...weigh(assessment.refusals, waivers, today) }));
  const problems = lint(text, file);
  const drift = await checkReleases(subject);
  // What is refused for its meaning is unread as well: said once is enough.
  const isRefused = problems.length > 0 || drift.length > 0 ||
    assessments.some(({ refused }) => refused.length > 0);
  const unread = isRefused ? [] : await unreadAcross(subject, level);
  return {
    ...{ subject: subject.subject, level, lint: problems, drift: [...drift, ...unread], assessments },
    ok: !isRefused && unread.length === 0,
  };
}

/** A registry compares with the newest release only, unless the level is transitive. */
function isLookedAt(level: CompatibilityLevel, index: number): boolean {
  return index === 0 || level.endsWith("_TRANSITIVE");
}

/** What is wrong with the releases of a subject: changed, unlocked, or other bytes than they had. */
export async function checkReleases(subject: Subject): Promise<string[]> {
  const found = await Promise.all(subject.releases.map(async ({ version, text, lock, golden }) => {
    const name = releasePath("", subject.subject, version, "avsc");
    if (lock === undefined) {
      return [`${name} is not in schemas.lock.json; releases are made by schema:release`];
    }
    if (lock.sha256 !== await schemaSha256(text)) {
      return [
        `${name} was changed after its release; bring the released text back, and change ${subject.file} instead`,
      ];
    }
    if (golden === undefined) {
      return [`${releasePath("", subject.subject, version, "golden.json")} is missing`];
    }
    return await goldenDrift(golden, { label: `v${version}`, text });
  }));
  return found.flat();
}

/** The bytes of every release through the head, and the head's through every release, where its level asks for it. */
async function unreadAcross({ head: text, releases }: Subject, level: CompatibilityLevel): Promise<string[]> {
  const head = { label: "head", text };
  const ours = goldenValues(text);
  const lookedAt = releases.toReversed().filter((_, index) => isLookedAt(level, index));
  const found = await Promise.all(lookedAt.map(async ({ version, text, golden = [] }) => {
    const release = { label: `v${version}`, text };
    return [
      ...(/BACKWARD|FULL/.test(level) ? await unreadGolden(golden, { writer: release, reader: head }) : []),
      ...(/FORWARD|FULL/.test(level) ? await unreadGolden(ours, { writer: head, reader: release }) : []),
    ];
  }));
  return found.flat();
}

/** The reasons against releasing a head, a sentence each. */
export function objections({ lint, drift, assessments }: SubjectReport): string[] {
  const said = (refusal: Refusal) =>
    `${refusal.path === "" ? "the record" : refusal.path}: ${refusal.message}`;
  return [
    ...lint.map(({ at, message }) => `${at} ${message}`),
    ...drift,
    ...new Set(assessments.flatMap(({ refused }) => refused.map(said))),
  ];
}
