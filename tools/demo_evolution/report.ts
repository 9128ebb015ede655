/**
 * The final screen of the story. Pure: what was found goes in, and text comes out.
 */
import { cut } from "@orderline/lib/ops/progress";
import { grouped, list } from "../demo/findings.ts";
import type { ReportLook } from "../demo/report.ts";
import { byId, checks, type EvolutionCheck, type EvolutionFindings, isAsExpected } from "./findings.ts";

const LABEL = 18;

/** The screen: at most 23 lines of 80 characters when all is well. */
export function report(found: EvolutionFindings, look: ReportLook): string {
  const { style, unicode } = look;
  const width = Math.min(look.columns, 100);
  const all = checks(found);
  const wrong = Object.values(all).filter(({ ok }) => !ok);
  const tick = (ok: boolean) => ok ? style.green(unicode ? "✔" : "ok") : style.red(unicode ? "✘" : "WRONG");
  const row = (label: string, ok: boolean, text: string): string[] => {
    const [first = "", ...more] = wrap(text, width - LABEL - 2).slice(0, 2);
    return [
      `${label.padEnd(LABEL)}${tick(ok)} ${first}`,
      ...more.map((line) => " ".repeat(LABEL + 2) + line),
    ];
  };
  const checked = (label: string, name: EvolutionCheck, text: string) => row(label, all[name].ok, text);
  const byRegistry = found.edits.filter(({ registry }) => registry === "refuses").length;
  const { ids, added: [withDefault, optional], away, losses, stored } = found;
  return [
    wrong.length === 0
      ? style.bold(`${found.name}: two versions, nobody had to wait, in ${found.seconds.toFixed(0)} s`)
      : style.bold(
        style.red(`${found.name}: ${wrong.length} of ${Object.keys(all).length} things went wrong`),
      ),
    ...wrong.map(({ text }) => style.red(`  ${text}`)),
    "",
    `Schema ${ids.v1} is ours; schema ${ids.v2} adds ${withDefault} (default "EUR") and ${optional} (or null)`,
    ...checked(
      `Programs of ${ids.v1}`,
      "v1",
      `${grouped(stored.v1)} orders; of ${ids.v2}: ${losses.v1}`,
    ),
    ...checked(
      `Programs of ${ids.v2}`,
      "v2",
      `${grouped(stored.v2)} orders; of ${ids.v1}: ${losses.v2}`,
    ),
    style.bold("Edits refused, without asking a server") + ` (the registry refuses ${byRegistry} of them)`,
    ...found.edits.flatMap((edit) =>
      row(
        `  ${edit.what}`,
        isAsExpected(edit),
        (edit.registry === "accepts" ? "the registry accepts it! " : "") +
          (edit.sentence ?? "and we do not refuse it"),
      )
    ),
    style.bold("Registry stopped"),
    ...checked(
      "  kept on disk",
      "warm",
      `${away.warmOrders} orders sent and stored by programs just started`,
    ),
    ...checked(
      "  none on disk",
      "cold",
      `the producer ends with ${away.coldExitCode}; the consumer waits, ${away.deadLetters} dead letters`,
    ),
    ...checked(
      "  back again",
      "back",
      `all ${grouped(stored.cold)} stored; dead: ${list(found.deadLetters)} (an invented id)`,
    ),
    ...checked("Rolled back", "rollback", byId(found.records)),
    ...found.next.map(([command, what], index) =>
      `${index === 0 ? "Next" : "    "}  ${command.padEnd(36)}  ${what}`
    ),
  ].map((text) => text.trimEnd()).join("\n");
}

/** Lines of at most `width` characters, broken at blanks. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(cut(word, width));
  }
  return lines;
}
