import { cut } from "./progress.ts";

/** How {@linkcode table} lays out. */
export interface TableOptions {
  /** By column; default left. */
  readonly align?: readonly ("left" | "right")[];
  /** The most characters in a line; default 80. The widest columns are cut to fit. */
  readonly maxWidth?: number;
  /** Before each line. */
  readonly indent?: string;
}

const GAP = "  ";
const MIN_COLUMN = 4;

/** Rows as aligned lines without borders, joined by newlines: columns that survive `awk`. */
export function table(rows: readonly (readonly (string | number)[])[], options: TableOptions = {}): string {
  const { align = [], maxWidth = 80, indent = "" } = options;
  const cells = rows.map((row) => row.map((cell) => typeof cell === "number" ? grouped(cell) : cell));
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from(
    { length: columns },
    (_, column) => Math.max(0, ...cells.map((row) => lengthOf(row[column] ?? ""))),
  );
  const room = maxWidth - indent.length - GAP.length * (columns - 1);
  fit(widths, room);
  return cells.map((row) =>
    indent + row.map((cell, column) => {
      const width = widths[column]!;
      const short = cut(cell, width);
      const blank = " ".repeat(width - lengthOf(short));
      return align[column] === "right" ? blank + short : short + blank;
    }).join(GAP).trimEnd()
  ).join("\n");
}

/** Takes characters from the widest column, one by one, until all fit. */
function fit(widths: number[], room: number): void {
  let total = widths.reduce((sum, width) => sum + width, 0);
  while (total > room) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= MIN_COLUMN) return;
    widths[widest]!--;
    total--;
  }
}

function lengthOf(text: string): number {
  return [...text].length;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
