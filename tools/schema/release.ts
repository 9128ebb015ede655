import { dirname } from "node:path";
import { goldenValues } from "./golden.ts";
import {
  type Lock,
  type LockEntry,
  lockPath,
  releasePath,
  type SchemaFolder,
  type Subject,
} from "./schema_folder.ts";
import { schemaSha256 } from "./schema_sha256.ts";

/** A file of a release, as it is written. */
export interface ReleaseFile {
  readonly path: string;
  readonly content: string;
}

/**
 * The files that make the head of a subject its next version: its text, frozen; its golden values; and the lock, which
 * gets an entry. `today` is the day that the lock will name.
 */
export async function releaseFiles(
  { dir, subjects }: SchemaFolder,
  subject: Subject,
  today: string,
): Promise<{ version: number; files: readonly ReleaseFile[] }> {
  const version = subject.releases.length + 1;
  const entry: LockEntry = { sha256: await schemaSha256(subject.head), released: today };
  const lock = Object.fromEntries(subjects.map(({ subject: name, releases }) => {
    const entries = releases.flatMap((one): [string, LockEntry][] =>
      one.lock === undefined ? [] : [[String(one.version), one.lock]]
    );
    return [name, Object.fromEntries([...entries, ...(name === subject.subject ? [[version, entry]] : [])])];
  })) as Lock;
  return {
    version,
    files: [
      { path: releasePath(dir, subject.subject, version, "avsc"), content: subject.head },
      {
        path: releasePath(dir, subject.subject, version, "golden.json"),
        content: json(goldenValues(subject.head)),
      },
      { path: lockPath(dir), content: json(lock) },
    ],
  };
}

/** Writes the files, each with its folder. */
export async function writeFiles(files: readonly ReleaseFile[]): Promise<void> {
  for (const { path, content } of files) {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, content);
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
