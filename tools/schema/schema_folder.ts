import { COMPATIBILITY_LEVELS, type CompatibilityLevel } from "@orderline/lib/avro/registry";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import { shown } from "@orderline/lib/core/shown";
import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { basename, join, resolve } from "node:path";
import type { GoldenValue } from "./golden.ts";
import type { Waiver } from "./waivers.ts";

/** What is known of schemas: `subjects.json`, the files it names, what was released of each, and the lock. */
export interface SchemaFolder {
  readonly dir: string;
  readonly subjects: readonly Subject[];
  /** Every `.avsc` of the folder, those that no subject names as well. */
  readonly files: readonly string[];
}

/** One subject: the version being edited, and those that were released, oldest first. */
export interface Subject {
  readonly subject: string;
  readonly topic: string;
  readonly file: string;
  readonly compatibility: CompatibilityLevel;
  readonly owner: string;
  readonly waivers: readonly Waiver[];
  /** The text of the file: equals the newest release, or is a candidate for the next. */
  readonly head: string;
  readonly releases: readonly Release[];
}

/** A version that must never change again. */
export interface Release {
  readonly version: number;
  readonly text: string;
  /** What the lock says of it; undefined when it says nothing. */
  readonly lock: LockEntry | undefined;
  /** Values with the bytes that they had when it was released; undefined when the file is missing. */
  readonly golden: readonly GoldenValue[] | undefined;
}

/** What the lock file says of a release. */
export interface LockEntry {
  /** Of the canonical text, as lower case hex. */
  readonly sha256: string;
  /** The day of the release. */
  readonly released: string;
}

/** The lock file: by subject, then by version. */
export type Lock = Readonly<Record<string, Readonly<Record<string, LockEntry>>>>;

/** The folder that commands work on when they are told no other. */
export const DEFAULT_SCHEMA_DIR: string = resolve(import.meta.dirname!, "../../schemas");

/** The file of a release, or of its golden values. */
export function releasePath(
  dir: string,
  subject: string,
  version: number,
  ending: "avsc" | "golden.json",
): string {
  return join(dir, "released", subject, `${version}.${ending}`);
}

/** The lock file of a folder. */
export function lockPath(dir: string): string {
  return join(dir, "schemas.lock.json");
}

/**
 * Reads a folder of schemas.
 *
 * @throws {CommandError} exit code 2 naming the file that is missing or is not what it should be.
 */
export async function readSchemaFolder(dir: string): Promise<SchemaFolder> {
  const manifest = await readJson(join(dir, "subjects.json"));
  const { subjects } = manifest as { subjects?: unknown };
  if (!Array.isArray(subjects)) throw wrong(join(dir, "subjects.json"), 'must be {"subjects": [ … ]}');
  const lock = await readJson(lockPath(dir), {}) as Lock;
  const files = [...Deno.readDirSync(dir)].map(({ name }) => name).filter((name) => name.endsWith(".avsc"))
    .sort();
  return { dir, subjects: await Promise.all(subjects.map((one) => readSubject(dir, one, lock))), files };
}

/**
 * The subjects that a command is about: all, or the one that is named by its subject, topic or file.
 *
 * @throws {CommandError} exit code 2 when there is none of this name.
 */
export function chosenSubjects({ subjects }: SchemaFolder, name: string | undefined): readonly Subject[] {
  if (name === undefined) return subjects;
  const chosen = subjects.filter(({ subject, topic, file }) =>
    [subject, topic, file].includes(basename(name))
  );
  if (chosen.length > 0) return chosen;
  const known = subjects.map(({ subject }) => subject).join(", ");
  throw new CommandError(EXIT.usage, `subjects.json names no subject ${shown(name)}; it names ${known}`);
}

async function readSubject(dir: string, raw: unknown, lock: Lock): Promise<Subject> {
  const { subject, topic, file, compatibility, owner, waivers = [] } = (raw ?? {}) as Record<string, unknown>;
  const at = join(dir, "subjects.json");
  for (const [name, value] of Object.entries({ subject, topic, file, owner })) {
    if (typeof value !== "string" || value === "") {
      throw wrong(at, `${name} must be text, but is ${shown(value)}`);
    }
  }
  if (!COMPATIBILITY_LEVELS.includes(compatibility as CompatibilityLevel)) {
    const levels = COMPATIBILITY_LEVELS.join(", ");
    throw wrong(at, `compatibility of ${subject} must be one of ${levels}, but is ${shown(compatibility)}`);
  }
  const head = await readText(join(dir, file as string));
  return {
    ...{ subject, topic, file, owner, compatibility, waivers } as Omit<Subject, "head" | "releases">,
    head: checked(join(dir, file as string), head),
    releases: await readReleases(dir, subject as string, lock),
  };
}

async function readReleases(dir: string, subject: string, lock: Lock): Promise<Release[]> {
  const releases: Release[] = [];
  for (let version = 1;; version++) {
    const path = releasePath(dir, subject, version, "avsc");
    const text = await readText(path, "");
    if (text === "") return releases;
    const golden = await readJson(releasePath(dir, subject, version, "golden.json"), null);
    releases.push({
      version,
      text: checked(path, text),
      lock: lock[subject]?.[version],
      golden: golden === null ? undefined : golden as readonly GoldenValue[],
    });
  }
}

/** The text, which can be read as a record schema. */
function checked(path: string, text: string): string {
  try {
    readRecordSchema(text);
    return text;
  } catch (error) {
    throw wrong(path, `is no record schema of Avro: ${(error as Error).message}`);
  }
}

async function readJson(path: string, instead?: unknown): Promise<unknown> {
  const text = await readText(path, instead === undefined ? undefined : "");
  if (text === "" && instead !== undefined) return instead;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(path, `is no JSON: ${(error as Error).message}`);
  }
}

async function readText(path: string, instead?: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (instead !== undefined && error instanceof Deno.errors.NotFound) return instead;
    throw wrong(path, `cannot be read: ${(error as Error).message}`);
  }
}

function wrong(path: string, what: string): CommandError {
  return new CommandError(EXIT.usage, `${path} ${what}`);
}
