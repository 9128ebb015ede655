/**
 * The frame of every command: parse, run, and end with an exit code that means something. Mistakes of people are
 * answered with a sentence, our own with a stack.
 */
import { Failure } from "../core/failure.ts";
import {
  type CommandArguments,
  type CommandDefinition,
  parseArguments,
  usage,
  UsageError,
} from "./arguments.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { SettingsError } from "./settings.ts";
import { writeToStderr } from "./stderr.ts";

/** A command cannot go on, for a reason that its message explains to the person who called it. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";

  constructor(readonly exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What {@linkcode runCommand} takes beside the command. */
export interface RunCommandOptions {
  readonly args?: readonly string[];
  readonly exit?: (code: ExitCode) => void;
}

/** Runs a command and ends the process with its exit code. */
export async function runCommand<F extends string>(
  command: CommandDefinition<F>,
  run: (args: CommandArguments<F>) => Promise<ExitCode>,
  { args = Deno.args, exit = (code) => Deno.exit(code) }: RunCommandOptions = {},
): Promise<void> {
  try {
    const parsed = parseArguments(command, args);
    if (parsed.help) {
      console.log(usage(command));
      return exit(EXIT.done);
    }
    exit(await run(parsed));
  } catch (error) {
    const { code, text } = explain(error, command.name);
    writeToStderr(`${text}\n`);
    exit(code);
  }
}

/** What a person is told, and the exit code that goes with it. */
export function explain(error: unknown, command: string): { code: ExitCode; text: string } {
  if (error instanceof UsageError) return { code: EXIT.usage, text: `${error.message}\n(${command} --help)` };
  if (error instanceof SettingsError) return { code: EXIT.usage, text: error.message };
  if (error instanceof CommandError) return { code: error.exitCode, text: error.message };
  if (error instanceof Failure) return { code: codeOf(error), text: error.message };
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  return { code: EXIT.failed, text: `This is a mistake in the program, please report it:\n${stack}` };
}

function codeOf({ kind, reason }: Failure): ExitCode {
  if (reason === "settings") return EXIT.usage;
  return kind === "unavailable" ? EXIT.unreachable : EXIT.failed;
}
