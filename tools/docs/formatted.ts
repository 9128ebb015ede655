import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";

/** Text as `deno fmt` leaves it, so that what is generated and what is formatted never disagree. */
export async function formatted(text: string, extension: "md" | "ts"): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--no-config", "--line-width", "110", "--ext", extension, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${text.trim()}\n`));
  await writer.close();
  const { stdout, stderr, success } = await child.output();
  if (success) return new TextDecoder().decode(stdout);
  throw new CommandError(
    EXIT.failed,
    `deno fmt refuses what was generated:\n${new TextDecoder().decode(stderr)}`,
  );
}
