/** The table in docs/guarantees.md that says when each fault was last run at full, and what came out. */

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

const BEGIN = "<!-- faults: written by `deno task test:faults` -->";
const END = "<!-- /faults -->";
const HEAD = ["| run | when | commit | seed | took | result |", "| --- | --- | --- | --- | --- | --- |"];
const MAX_RESULT = 400;

/**
 * The document with this run in the place of the last one of the same name; rows are in the order of their names.
 * Throws where the document has no place for it.
 */
export function withRecord(document: string, record: FaultRecord): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin === -1 || end < begin) {
    throw new Error(
      `docs/guarantees.md has no place for results: put these two lines where they go:\n${BEGIN}\n${END}`,
    );
  }
  const rows = document.slice(begin + BEGIN.length, end).split("\n").filter((line) => line.startsWith("| `"));
  const others = rows.filter((row) => nameOf(row) !== record.name);
  const sorted = [...others, rowOf(record)].sort((a, b) => nameOf(a) < nameOf(b) ? -1 : 1);
  const table = ["", "", ...HEAD, ...sorted, "", ""].join("\n");
  return document.slice(0, begin + BEGIN.length) + table + document.slice(end);
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
