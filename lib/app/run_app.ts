import type { CommandArguments, CommandDefinition } from "../ops/arguments.ts";
import { settingFlags } from "../ops/arguments.ts";
import { CommandError, runCommand } from "../ops/command.ts";
import { type EventSettings, type EventSettingsTable, loadEventSettings } from "../ops/event_settings.ts";
import { EXIT, type ExitCode } from "../ops/exit_codes.ts";
import { configureLogging, getLogger } from "../ops/log.ts";
import type { SettingsOf } from "../ops/settings.ts";
import { readSettingsSources } from "../ops/settings_sources.ts";
import { watchSignals } from "../ops/signals.ts";
import { openTerminal, type Terminal } from "../ops/terminal.ts";

/** A program: its command line, its settings, and the command that sets up what it needs. */
export interface AppDefinition<T extends EventSettingsTable> extends CommandDefinition {
  /** The settings that it reads, as `eventSettings` gives them and with what it needs more. */
  readonly settings: T;
  /** Whose settings are flags of its command line, too. */
  readonly usedBy: "producer" | "consumer" | "tools";
  /** The command that creates topics and registers the schema; named where one of them is missing. */
  readonly setup: string;
}

/** A program that runs. */
export interface App<T extends EventSettingsTable = EventSettingsTable> {
  readonly definition: AppDefinition<T>;
  readonly args: CommandArguments;
  readonly settings: SettingsOf<T> & EventSettings;
  /** The owner of stderr, for whoever draws on it; log lines go through it already. */
  readonly terminal: Terminal;
  /** Aborts at the first SIGINT or SIGTERM: finish what runs, and return. A later signal ends the process. */
  readonly stopping: AbortSignal;
  /** Stops as a signal does, since going on would do harm: the program ends with the error's words and exit code. */
  failStop(error: CommandError): void;
}

/**
 * Runs a program of one kind of event, and ends the process with its exit code: the command line is read, all settings
 * are checked together, logging is set up as they say, and signals are watched, before `run` is called.
 */
export async function runApp<T extends EventSettingsTable>(
  definition: AppDefinition<T>,
  run: (app: App<T>) => Promise<ExitCode>,
): Promise<void> {
  const { settings: table, usedBy, flags } = definition;
  const command = { ...definition, flags: { ...flags, ...settingFlags(table, usedBy) } };
  await runCommand(command, async (args) => {
    const { values: settings, warnings } = loadEventSettings(
      table,
      await readSettingsSources({ flags: args.given }),
    );
    const terminal = openTerminal(Deno.env.toObject());
    configureLogging({
      level: settings.logLevel,
      format: settings.logFormat,
      write: (line) => terminal.line(line),
    });
    const log = getLogger(usedBy);
    for (const warning of warnings) log.warn(warning);
    const stopping = new AbortController();
    const stopWatching = watchSignals({
      onStop: (signal) =>
        stopping.abort(new CommandError(EXIT.done, `stopped by ${signal} before it had started`)),
    });
    let failure: CommandError | undefined;
    const failStop = (error: CommandError) => {
      failure ??= error;
      stopping.abort(error);
    };
    const code = await run({ definition, args, settings, terminal, stopping: stopping.signal, failStop });
    stopWatching(); // last: the second signal of a Ctrl-C would end the process by itself
    if (failure === undefined) return code;
    log.error(failure.message);
    return failure.exitCode;
  });
}

/** How long a start waits for what it needs, and the command that creates it. */
export function startupOf(
  { settings, stopping, definition }: App,
): { readonly timeoutMs: number; readonly signal: AbortSignal; readonly setup: string } {
  return { timeoutMs: settings.startupTimeoutMs, signal: stopping, setup: definition.setup };
}
