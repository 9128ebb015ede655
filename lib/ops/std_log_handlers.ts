/**
 * The levels, records and handlers of our `@std/log`; import them from there.
 */

/** The levels' numbers, as `@std/log` has them. */
export const LogLevels = { NOTSET: 0, DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40, CRITICAL: 50 } as const;
/** The name of a level. */
export type LevelName = keyof typeof LogLevels;
/** The number of a level. */
export type LogLevel = (typeof LogLevels)[LevelName];

/** One thing that was logged. */
export class LogRecord {
  readonly datetime: Date = new Date();
  constructor(
    readonly msg: string,
    readonly args: readonly unknown[],
    readonly level: LogLevel,
    readonly loggerName: string,
  ) {}

  get levelName(): LevelName {
    return levelNameOf(this.level);
  }
}

/** Turns a record into the text that a handler writes. */
export type FormatterFunction = (record: LogRecord) => string;
/** What every handler may be given. */
export interface BaseHandlerOptions {
  readonly formatter?: FormatterFunction;
}

/** Receives records at or above its level. A subclass writes them somewhere. */
export abstract class BaseHandler {
  readonly levelName: LevelName;
  readonly formatter: FormatterFunction;

  constructor(levelName: LevelName, options: BaseHandlerOptions = {}) {
    this.levelName = levelName;
    this.formatter = options.formatter ?? ((record) => `${record.levelName} ${record.msg}`);
  }

  handle(record: LogRecord): void {
    if (LogLevels[this.levelName] > record.level) return;
    this.log(this.format(record));
  }

  format(record: LogRecord): string {
    return this.formatter(record);
  }

  abstract log(message: string): void;
  setup(): void {}
  destroy(): void {}
}

/** Writes to the console. */
export class ConsoleHandler extends BaseHandler {
  override log(message: string): void {
    console.log(message);
  }
}

/** The name of a number. */
export function levelNameOf(level: LogLevel): LevelName {
  for (const [name, number] of Object.entries(LogLevels)) {
    if (number === level) return name as LevelName; // the keys of the table itself
  }
  return "NOTSET";
}
