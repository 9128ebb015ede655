/**
 * Dead letters as text for people: times as clocks show them, errors whole, nothing that moves a cursor.
 */
import { escapeControls } from "@orderline/lib/core/shown";
import { table } from "@orderline/lib/ops/table";
import type { DeadLetterView } from "./dead_letter_view.ts";
import { wrap } from "./wrap.ts";

/** What a list is made of. */
export interface DeadLetterList {
  readonly topic: string;
  /** How many the topic holds, and how many of them were read: the newest. */
  readonly all: number;
  readonly letters: readonly DeadLetterView[];
  /** Characters in a line; undefined: lines as long as they are, for other programs. */
  readonly columns?: number | undefined;
}

const INDENT = "    ";
const MIN_COLUMNS = 40;

/** How many there are by reason, then each with its error. */
export function listText({ topic, all, letters, columns }: DeadLetterList): string {
  if (all === 0) return `${topic} is empty: nothing was dead-lettered.`;
  const read = letters.length === all ? "" : `; the newest ${count(letters.length)}:`;
  const byReason = [...Map.groupBy(letters, ({ reason }) => reason)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, some]) => [escapeControls(reason), some.length]);
  const width = columns === undefined ? Infinity : Math.max(columns, MIN_COLUMNS) - INDENT.length;
  return [
    `${count(all)} dead ${all === 1 ? "letter" : "letters"} in ${topic}${read}`,
    "",
    table([["REASON", "COUNT"], ...byReason], { align: ["left", "right"] }),
    "",
    ...letters.flatMap((letter) => [
      `${letter.place}  ${localTime(letter.timestamp)}  ${originalPlace(letter)}  ${
        escapeControls(letter.reason)
      }${letter.key === null ? "" : `  ${escapeControls(letter.key)}`}`,
      ...wrap(escapeControls(letter.error), width).map((line) => INDENT + line),
    ]),
    "",
    `One of them whole: deno task dlq show ${letters[0]?.place ?? "PLACE"}`,
  ].join("\n");
}

/** All facts of one, its headers, and the value. */
export function showText(letter: DeadLetterView, columns?: number): string {
  const { original_value, headers, ...facts } = letter;
  const names = Object.keys(facts).map((name) => name.length);
  const first = Math.max(...names) + 2;
  const width = columns === undefined ? Infinity : Math.max(columns - first, MIN_COLUMNS);
  const lines = Object.entries(facts).flatMap(([name, fact]) => {
    const text = TIMES.has(name) ? `${localTime(fact as number)} (${fact})` : escapeControls(String(fact));
    return wrap(text, width).map((line, index) => (index === 0 ? name : "").padEnd(first) + line);
  });
  return [
    ...lines,
    ...Object.entries(headers).map(([name, value]) => escapeControls(`header ${name}: ${value}`)),
    "",
    ...JSON.stringify(original_value, undefined, 2).split("\n").map(escapeControls),
  ].join("\n");
}

const TIMES = new Set(["timestamp", "first_failed_at"]);

/** `2026-11-23 10:30:45`, as in the logs; what is no time is said to be none. */
export function localTime(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1_000);
  if (Number.isNaN(date.getTime())) return "no time";
  const two = (value: number) => `${value}`.padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function originalPlace({ original_topic, original_partition, original_offset }: DeadLetterView): string {
  return `${escapeControls(original_topic)}[${original_partition}]@${original_offset}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
