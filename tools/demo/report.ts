/**
 * The final screen. Pure: what was found goes in, and text comes out.
 */
import { cut } from "@orderline/lib/ops/progress";
import type { Style } from "@orderline/lib/ops/terminal";
import {
  type CheckName,
  checks,
  type Findings,
  grouped,
  list,
  storedOrders,
  sum,
  totalsText,
} from "./findings.ts";

const COMMAND_WIDTH = 21;

/** How the screen may look. */
export interface ReportLook {
  readonly style: Style;
  readonly columns: number;
  readonly unicode: boolean;
}

/** The screen, 22 lines of at most 80 characters when all is well. */
export function report(found: Findings, look: ReportLook): string {
  const { style, unicode } = look;
  const all = checks(found);
  const wrong = Object.values(all).filter(({ ok }) => !ok);
  const mark = (...names: CheckName[]) =>
    names.every((name) => all[name].ok)
      ? style.green(unicode ? "✔" : "ok")
      : style.red(unicode ? "✘" : "WRONG");
  const width = Math.min(look.columns, 100);
  const row = (label: string, count: number, note: string, ...names: CheckName[]): string[] => {
    const [first = "", ...more] = wrap(note, width - 29);
    const tick = names.length === 0 ? " " : mark(...names);
    const indent = " ".repeat(28);
    return [
      `${label.padEnd(17)}${grouped(count).padStart(7)}  ${tick} ${first}`,
      ...more.map((text) => indent + text),
    ];
  };
  const { outage, example } = found;
  const times = `${outage.openings} ${outage.openings === 1 ? "time" : "times"}`;
  return [
    wrong.length === 0
      ? style.bold(`${found.name}: every record accounted for, in ${found.seconds.toFixed(0)} s`)
      : style.bold(
        style.red(`${found.name}: ${wrong.length} of ${Object.keys(all).length} totals do not add up`),
      ),
    ...wrong.map(({ text }) => style.red(`  ${text}`)),
    "",
    ...row("Lines to producer", found.lines, "= delivered + rejected", "lines"),
    ...row("  delivered", found.delivered, ""),
    ...row("  rejected", sum(found.rejects), list(found.rejects), "rejects"),
    ...row(
      "Records on topic",
      found.onTopic,
      `= delivered + ${found.rawRecords} raw = stored + dead + skipped`,
      "topic",
      "ends",
    ),
    ...row(
      "  stored",
      storedOrders(found),
      `${grouped(found.purchases.orders)} purchases, ${found.extras.orders} extras ` +
        `(${found.extras.withoutPrice} no price, ${found.extras.lowPriority} low)`,
      "extras",
    ),
    ...row("  dead letters", sum(found.deadLetters), list(found.deadLetters), "dead"),
    ...row(
      "  skipped",
      found.repeats + found.skipped,
      `${found.repeats} repeat, ${found.skipped} tombstone`,
      "skipped",
    ),
    "",
    `Purchases  ${mark("purchases")} ${totalsText(found.purchases)}: as in the sample`,
    `Outage     ${mark("outage")} store away ${
      outage.seconds.toFixed(0)
    } s: breaker opened ${times}, closed ` +
    `${outage.closedAfterSeconds.toFixed(1)} s after;`,
    `             dead letters from it ${outage.deadLettersAfter - outage.deadLettersBefore}, orders lost ` +
    `${found.expectedPurchases.orders - found.purchases.orders}`,
    ...(example === undefined ? [] : [
      "",
      `One dead letter: ${example.place}, ${example.reason}`,
      ...wrap(example.error, width - 2).slice(0, 2).map((text) => `  ${text}`),
    ]),
    "",
    ...nextLines(found.next),
  ].map((text) => text.trimEnd()).join("\n");
}

function nextLines(next: Findings["next"]): string[] {
  return next.map(([command, what], index) =>
    `${index === 0 ? "Next" : "    "}  ${command.padEnd(COMMAND_WIDTH)}  ${what}`
  );
}

/** Lines of at most `width` characters, broken at blanks, but not before a count. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!\d)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(cut(word, width));
  }
  return lines;
}
