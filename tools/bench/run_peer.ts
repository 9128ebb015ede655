import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import type { Job, Measured } from "./job.ts";
import type { PeerCommand } from "./peers.ts";

/** Far more than any run takes; a peer that hangs must not hold up the bench for ever. */
const LONGEST_RUN_MS = 300_000;
const TAIL = 2_000;
const decoder = new TextDecoder();

/**
 * Runs a peer's process on a job and resolves with what it measured.
 *
 * @throws {CommandError} when it fails, says nothing that can be read, or takes more than five minutes.
 */
export async function runPeer(command: PeerCommand, job: Job, signal: AbortSignal): Promise<Measured> {
  const tooLong = AbortSignal.timeout(LONGEST_RUN_MS);
  const { success, code, stdout, stderr } = await new Deno.Command(command.program, {
    args: command.arguments(job),
    stdin: "null",
    signal: AbortSignal.any([signal, tooLong]),
  }).output();
  signal.throwIfAborted();
  const said = `Its last words:\n${(decoder.decode(stdout) + decoder.decode(stderr)).slice(-TAIL).trim()}`;
  const who = `${job.peer} (${job.workload})`;
  if (tooLong.aborted) {
    throw new CommandError(
      EXIT.failed,
      `${who} was not done after ${LONGEST_RUN_MS / 1_000} s and was ended. ${said}`,
    );
  }
  if (!success) throw new CommandError(EXIT.failed, `${who} ended with exit code ${code}. ${said}`);
  try {
    return command.result(decoder.decode(stdout));
  } catch (cause) {
    throw new CommandError(EXIT.failed, `${who} ended well but printed no result. ${said}`, { cause });
  }
}
