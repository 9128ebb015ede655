import { shown } from "@orderline/lib/core/shown";
import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import type { SchemaVersion } from "./assess.ts";
import { headInGit } from "./git_head.ts";
import type { Subject } from "./schema_folder.ts";

/**
 * A version of a subject by what people call it: `1` or `v1`, `head`, `git:main`, or a file.
 *
 * @throws {CommandError} exit code 2 when there is none.
 */
export async function versionNamed(dir: string, subject: Subject, name: string): Promise<SchemaVersion> {
  if (name === "head") return { label: "head", text: subject.head };
  const number = /^v?(\d+)$/.exec(name)?.[1];
  if (number !== undefined) {
    const release = subject.releases.find(({ version }) => version === Number(number));
    if (release !== undefined) return { label: `v${release.version}`, text: release.text };
    const count = subject.releases.length;
    throw new CommandError(EXIT.usage, `${subject.subject} has no version ${number}: ${count} were released`);
  }
  if (name.startsWith("git:")) {
    const [version] = await headInGit(dir, subject.file, name.slice("git:".length));
    if (version !== undefined) return version;
    throw new CommandError(EXIT.usage, `${subject.file} is not in ${shown(name.slice("git:".length))}`);
  }
  const text = await Deno.readTextFile(name).catch(() => undefined);
  if (text !== undefined) return { label: name, text };
  throw new CommandError(EXIT.usage, `${shown(name)} is no version, not head, not git:REF, and no file`);
}
