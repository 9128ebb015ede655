import type { LogRecord } from "@std/log";
import { escapeControls } from "../core/shown.ts";
import { maskText, plain } from "./redact.ts";

/** The longest message that a line carries, in UTF-16 units. */
export const MAX_MESSAGE = 2000;

/** Level names as Python writes them. */
const SHOWN_LEVEL: Record<string, string> = { WARN: "WARNING" };

/** A record together with where and when it was written. */
export interface LineFacts {
  readonly record: Pick<LogRecord, "levelName" | "loggerName" | "msg">;
  /** Epoch milliseconds. */
  readonly time: number;
  /** `producer.ts:123` */
  readonly source: string;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * One line for people, in local time: `2025-11-21 10:30:45 - producer - INFO - [producer.ts:123] - Message …`.
 *
 * Control characters are escaped, so that one record is always one line, secrets masked, the length capped.
 */
export function textLine({ record, time, source }: LineFacts): string {
  const level = SHOWN_LEVEL[record.levelName] ?? record.levelName;
  const message = escapeControls(capped(maskText(record.msg.slice(0, 4 * MAX_MESSAGE))));
  return `${localTime(time)} - ${record.loggerName} - ${level} - [${source}] - ${message}`;
}

/**
 * The same facts as one JSON object, its context as flat fields beside them. A field that would hide one of
 * the line's own is written with an underscore behind its name.
 */
export function jsonLine({ record, time, source, properties }: LineFacts): string {
  const line: Record<string, unknown> = {
    timestamp: new Date(time).toISOString(),
    level: SHOWN_LEVEL[record.levelName] ?? record.levelName,
    logger: record.loggerName,
    source,
    message: capped(maskText(record.msg.slice(0, 4 * MAX_MESSAGE))),
  };
  // `plain` reads the fields: one whose getter throws must not cost the line.
  const fields = plain(properties ?? {});
  for (
    const [name, value] of Object.entries(typeof fields === "object" && fields !== null ? fields : { fields })
  ) {
    line[Object.hasOwn(line, name) ? `${name}_` : name] = value;
  }
  return JSON.stringify(line);
}

function capped(text: string): string {
  if (text.length <= MAX_MESSAGE) return text;
  return `${text.slice(0, MAX_MESSAGE).toWellFormed()}… (shortened)`;
}

function localTime(time: number): string {
  const date = new Date(time);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
