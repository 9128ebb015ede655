/**
 * Logging for the library and its applications, over `@std/log`: one line a record on stderr, silent until an
 * application configures it.
 */
import * as log from "@std/log";
import { type Clock, systemClock } from "../core/clock.ts";
import { callSite, NEAR_FRAMES } from "./call_site.ts";
import { jsonLine, textLine } from "./log_format.ts";
import { writeToStderr } from "./stderr.ts";

/** Facts beside a message: `topic`, `partition`, `offset`, `order_id`, `attempt`, `error`, … */
export type LogProperties = Readonly<Record<string, unknown>>;

/** What library code logs through. No method ever throws, and a disabled level costs one comparison. */
export interface Logger {
  debug(message: string, properties?: LogProperties): void;
  info(message: string, properties?: LogProperties): void;
  warn(message: string, properties?: LogProperties): void;
  error(message: string, properties?: LogProperties): void;
  critical(message: string, properties?: LogProperties): void;
  /** Whether a line of that level would be written: to spare the work of making it. */
  enabled(level: LogLevelName): boolean;
}

/** The levels by the names that settings use. */
export type LogLevelName = "debug" | "info" | "warning" | "error" | "critical";

const LEVELS = {
  debug: "DEBUG",
  info: "INFO",
  warning: "WARN",
  error: "ERROR",
  critical: "CRITICAL",
} as const satisfies Record<LogLevelName, log.LevelName>;

/** What {@linkcode configureLogging} takes. */
export interface LoggingOptions {
  /** Lines below it are not written; default `info`. */
  readonly level?: LogLevelName;
  /** Default `text`. */
  readonly format?: "text" | "json";
  /** Where a finished line (without its newline) goes; default stderr. With a terminal: its `line`. */
  readonly write?: (line: string) => void;
  readonly clock?: Pick<Clock, "now">;
}

/** Goes along with a record as its second argument, being cheaper to find at the call than in the handler. */
class Place {
  readonly text = callSite(NEAR_FRAMES);
}

class LineHandler extends log.BaseHandler {
  constructor(readonly options: LoggingOptions) {
    super("DEBUG");
  }

  override format(record: log.LogRecord): string {
    const properties = record.args[0];
    const facts = {
      record,
      time: (this.options.clock ?? systemClock).now(),
      source: record.args[1] instanceof Place ? record.args[1].text : callSite(),
      properties: typeof properties === "object" && properties !== null
        ? properties as LogProperties
        : undefined,
    };
    return this.options.format === "json" ? jsonLine(facts) : textLine(facts);
  }

  override log(line: string): void {
    if (this.options.write) this.options.write(line);
    else writeToStderr(`${line}\n`);
  }

  override handle(record: log.LogRecord): void {
    try {
      super.handle(record);
    } catch {
      // A line that cannot be written must not become a failure of the work that it reports on. (LogTape would
      // catch it as well; the real @std/log would not.)
    }
  }
}

let configured: { readonly levelName: log.LevelName; readonly handler: LineHandler } | undefined;
const named = new Map<string, { logger: Logger; std: log.Logger }>();

/** Starts writing lines. Called once by an application; a second call replaces what the first one set. */
export function configureLogging(options: LoggingOptions = {}): void {
  const levelName = LEVELS[options.level ?? "info"];
  const handler = new LineHandler(options);
  configured = { levelName, handler };
  // Code that calls `log.info()` of "@std/log" itself gets the same lines, under the name "default".
  log.setup({ handlers: { line: handler }, loggers: { default: { level: levelName, handlers: ["line"] } } });
  for (const { std } of named.values()) attach(std);
}

/** Stops writing lines. */
export function silenceLogging(): void {
  configured = undefined;
  log.setup({});
  for (const { std } of named.values()) attach(std);
}

/** The logger of that name: `producer`, `consumer`, … the same object for the same name. */
export function getLogger(name: string): Logger {
  const known = named.get(name);
  if (known !== undefined) return known.logger;
  const std = log.getLogger(name);
  attach(std);
  const enabled = (level: LogLevelName) =>
    std.handlers.length > 0 && log.LogLevels[LEVELS[level]] >= std.level;
  const logger: Logger = {
    debug: (message, properties) => void (enabled("debug") && std.debug(message, properties, new Place())),
    info: (message, properties) => void (enabled("info") && std.info(message, properties, new Place())),
    warn: (message, properties) => void (enabled("warning") && std.warn(message, properties, new Place())),
    error: (message, properties) => void (enabled("error") && std.error(message, properties, new Place())),
    critical: (message, properties) =>
      void (enabled("critical") && std.critical(message, properties, new Place())),
    enabled,
  };
  named.set(name, { logger, std });
  return logger;
}

function attach(std: log.Logger): void {
  std.levelName = configured?.levelName ?? "CRITICAL";
  std.handlers = configured ? [configured.handler] : [];
}
