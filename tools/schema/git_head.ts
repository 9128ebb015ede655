import { shown } from "@orderline/lib/core/shown";
import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import type { SchemaVersion } from "./assess.ts";

/**
 * A schema as it is in a branch or commit of git; none when that has no such file.
 *
 * @throws {CommandError} exit code 2 when git does not know the name.
 */
export async function headInGit(dir: string, file: string, ref: string): Promise<SchemaVersion[]> {
  const known = await git(dir, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
  if (known === undefined) {
    throw new CommandError(EXIT.usage, `git knows no branch or commit ${shown(ref)} here`);
  }
  const text = await git(dir, ["show", `${known.trim()}:./${file}`]);
  return text === undefined ? [] : [{ label: ref, text }];
}

async function git(cwd: string, args: readonly string[]): Promise<string | undefined> {
  const command = new Deno.Command("git", { args: [...args], cwd, stdout: "piped", stderr: "null" });
  const { success, stdout } = await command.output();
  return success ? new TextDecoder().decode(stdout) : undefined;
}
