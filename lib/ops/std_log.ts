/**
 * The part of Deno's `@std/log` that this workspace uses, over LogTape.
 *
 * The import map points the name `@std/log` at this file, since JSR is not reachable wherever the project is
 * built; code that imports it works with the real one after changing that one line. The only file that
 * imports LogTape: every record also passes through LogTape's category `["std", <logger name>]`, where an
 * application that uses LogTape can pick it up with sinks of its own.
 */
import { configureSync, getConfig, getLogger as getTape, type LogLevel as TapeLevel } from "@logtape/logtape";
import {
  type BaseHandler,
  ConsoleHandler,
  type LevelName,
  levelNameOf,
  type LogLevel,
  LogLevels,
  LogRecord,
} from "./std_log_handlers.ts";

export {
  BaseHandler,
  type BaseHandlerOptions,
  ConsoleHandler,
  type FormatterFunction,
  type LevelName,
  type LogLevel,
  LogLevels,
  LogRecord,
} from "./std_log_handlers.ts";

/** What a logger is made of. */
export interface LoggerConfig {
  readonly level?: LevelName;
  /** Names of handlers in the same configuration. */
  readonly handlers?: readonly string[];
}

/** What {@linkcode setup} takes. */
export interface LogConfig {
  readonly handlers?: Readonly<Record<string, BaseHandler>>;
  readonly loggers?: Readonly<Record<string, LoggerConfig>>;
}

/** A message, or a function that makes it and is called only when it will be written. */
type Lazy<T> = T | (() => T);

/** Hands what is logged to its handlers. Each method returns the message, as `@std/log` does. */
export class Logger {
  readonly loggerName: string;
  handlers: BaseHandler[];
  #level: LogLevel;

  constructor(loggerName: string, levelName: LevelName, options: { handlers?: BaseHandler[] } = {}) {
    this.loggerName = loggerName;
    this.#level = LogLevels[levelName];
    this.handlers = options.handlers ?? [];
  }

  get level(): LogLevel {
    return this.#level;
  }
  set level(level: LogLevel) {
    this.#level = level;
  }
  get levelName(): LevelName {
    return levelNameOf(this.#level);
  }
  set levelName(name: LevelName) {
    this.#level = LogLevels[name];
  }

  debug<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
    return this.#log(LogLevels.DEBUG, msg, args);
  }
  info<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
    return this.#log(LogLevels.INFO, msg, args);
  }
  warn<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
    return this.#log(LogLevels.WARN, msg, args);
  }
  error<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
    return this.#log(LogLevels.ERROR, msg, args);
  }
  critical<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
    return this.#log(LogLevels.CRITICAL, msg, args);
  }

  #log<T>(level: LogLevel, msg: Lazy<T>, args: readonly unknown[]): T | undefined {
    if (level < this.#level || this.handlers.length === 0) return msg instanceof Function ? undefined : msg;
    const value = msg instanceof Function ? msg() : msg;
    const text = value instanceof Error ? value.stack ?? String(value) : asText(value);
    const record = new LogRecord(text, args, level, this.loggerName);
    tapInto();
    getTape(["std", this.loggerName]).emit({
      level: TAPE_LEVELS[level],
      message: [text],
      rawMessage: text,
      timestamp: record.datetime.getTime(),
      properties: { [DELIVERY]: { record, handlers: this.handlers } satisfies Delivery },
    });
    return value;
  }
}

const DELIVERY = "std";
interface Delivery {
  readonly record: LogRecord;
  readonly handlers: readonly BaseHandler[];
}
const TAPE_LEVELS: Record<LogLevel, TapeLevel> = {
  0: "debug",
  10: "debug",
  20: "info",
  30: "warning",
  40: "error",
  50: "fatal",
};

let tapped = false;

/** Adds our sink to LogTape's configuration, keeping what an application has configured there. */
function tapInto(): void {
  if (tapped) return;
  tapped = true;
  const existing = getConfig();
  const quietMeta = existing === null
    ? [{ category: ["logtape", "meta"], lowestLevel: "fatal" as const, sinks: [] }]
    : existing.loggers;
  configureSync({
    ...existing,
    sinks: {
      ...existing?.sinks,
      std(tapeRecord) {
        const { record, handlers } = tapeRecord.properties[DELIVERY] as Delivery;
        for (const handler of handlers) handler.handle(record);
      },
    },
    loggers: [...quietMeta, { category: ["std"], lowestLevel: "debug", sinks: ["std"] }],
    reset: true,
  });
}

const loggers = new Map<string, Logger>();
let handlers: readonly BaseHandler[] = [];

/** The logger of that name; without a name the default one. Unconfigured names log nowhere. */
export function getLogger(name = "default"): Logger {
  let logger = loggers.get(name);
  if (logger === undefined) {
    logger = name === "default"
      ? new Logger(name, "INFO", { handlers: [new ConsoleHandler("INFO")] })
      : new Logger(name, "NOTSET", { handlers: [] });
    loggers.set(name, logger);
  }
  return logger;
}

/** Replaces all loggers and handlers by these. Loggers that were handed out before keep their old handlers. */
export function setup(config: LogConfig): void {
  for (const handler of handlers) handler.destroy();
  loggers.clear();
  const named = new Map(Object.entries(config.handlers ?? {}));
  handlers = [...named.values()];
  for (const handler of handlers) handler.setup();
  for (const [name, { level = "INFO", handlers: wanted = [] }] of Object.entries(config.loggers ?? {})) {
    const found = wanted.flatMap((handlerName) => named.get(handlerName) ?? []);
    loggers.set(name, new Logger(name, level, { handlers: found }));
  }
}

/** Logs with the default logger. */
export function debug<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
  return getLogger().debug(msg, ...args);
}
/** Logs with the default logger. */
export function info<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
  return getLogger().info(msg, ...args);
}
/** Logs with the default logger. */
export function warn<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
  return getLogger().warn(msg, ...args);
}
/** Logs with the default logger. */
export function error<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
  return getLogger().error(msg, ...args);
}
/** Logs with the default logger. */
export function critical<T>(msg: Lazy<T>, ...args: unknown[]): T | undefined {
  return getLogger().critical(msg, ...args);
}

function asText(value: unknown): string {
  try {
    return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  } catch {
    return "(a value that cannot be shown)";
  }
}
