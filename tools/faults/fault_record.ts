/** The table in docs/guarantees.md that says when each fault was last run at full, and what came out. */
import { markedPart, type Marks, withMarkedPart } from "../docs/guarantees_page.ts";

/** What one run left to say. */
export interface FaultRecord {
  readonly name: string;
  readonly passed: boolean;
  /** `2026-11-24`. */
  readonly date: string;
  /** The commit, with a `+` where the tree had changes of its own. */
  readonly commit: string;
  readonly seed: number;
  readonly seconds: number;
  /** One line: what was measured, or why it failed. */
  readonly result: string;
}

const MARKS: Marks = {
  begin: "<!-- faults: written by `deno task test:faults` -->",
  end: "<!-- /faults -->",
};
const HEAD = ["| run | when | commit | seed | took | result |", "| --- | --- | --- | --- | --- | --- |"];
const MAX_RESULT = 400;

/**
 * The document with this run in the place of the last one of the same name; rows are in the order of their names.
 * Throws where the document has no place for it.
 */
export function withRecord(document: string, record: FaultRecord): string {
  const rows = markedPart(document, MARKS).split("\n").filter((line) => line.startsWith("| `"));
  const others = rows.filter((row) => nameOf(row) !== record.name);
  const sorted = [...others, rowOf(record)].sort((a, b) => nameOf(a) < nameOf(b) ? -1 : 1);
  return withMarkedPart(document, MARKS, [...HEAD, ...sorted].join("\n"));
}

function rowOf({ name, passed, date, commit, seed, seconds, result }: FaultRecord): string {
  const line = result.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
  const said = line.length > MAX_RESULT ? `${line.slice(0, MAX_RESULT - 1)}…` : line;
  const outcome = passed ? said : `**failed**: ${said}`;
  return `| \`${name}\` | ${date} | ${commit} | ${seed} | ${seconds.toFixed(0)} s | ${outcome} |`;
}

function nameOf(row: string): string {
  return row.split("`")[1]!;
}
