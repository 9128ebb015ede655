/**
 * The settings table as files: `.env.example` and docs/configuration.md are made by these two functions.
 */
import type { NotBuiltYet, Setting, SettingsTable } from "./settings.ts";

const WIDTH = 100;

/** The text of `.env.example`: every setting with its default, commented out. */
export function renderEnvExample(table: SettingsTable): string {
  const lines = [
    "# Every setting with its default. Copy this file to .env and take the # away from what you change.",
    "# A flag of a command wins over the environment, that over .env, that over a running local stack.",
  ];
  for (const [heading, settings] of groups(table)) {
    lines.push("", `# --- ${heading} ---`);
    for (const { name, description, parse, default: value } of settings) {
      lines.push("", ...comment(`${description} Accepts: ${parse.rule}.`), `# ${name}=${quoted(value)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The tables of docs/configuration.md, one for each group, and what is not built yet. */
export function renderConfigurationTable(table: SettingsTable, notBuiltYet: readonly NotBuiltYet[]): string {
  const sections = groups(table).map(([heading, settings]) =>
    [
      `## ${heading}`,
      "",
      "| Setting | Default | Accepts | Meaning | Used by |",
      "| --- | --- | --- | --- | --- |",
      ...settings.map((setting) =>
        row([
          `\`${setting.name}\`${setting.flag ? ` (\`--${setting.flag}\`)` : ""}`,
          setting.default === "" ? "" : `\`${setting.default}\``,
          setting.parse.rule,
          setting.description,
          setting.usedBy.join(", "),
        ])
      ),
    ].join("\n")
  );
  const refused = [
    "## Not built yet",
    "",
    "These are refused when they are set, so that nobody relies on something that does nothing.",
    "",
    "| Setting | What it would do | Accepted value |",
    "| --- | --- | --- |",
    ...notBuiltYet.map(({ name, what, accepts }) =>
      row([`\`${name}\``, what, accepts ? `\`${accepts}\`` : ""])
    ),
  ].join("\n");
  return `${[...sections, refused].join("\n\n")}\n`;
}

function groups(table: SettingsTable): [heading: string, settings: Setting<unknown>[]][] {
  const byHeading = new Map<string, Setting<unknown>[]>();
  for (const setting of Object.values(table)) {
    const settings = byHeading.get(setting.group) ?? [];
    settings.push(setting);
    byHeading.set(setting.group, settings);
  }
  return [...byHeading];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("<", "&lt;")).join(" | ")} |`;
}

function quoted(value: string): string {
  return /[\s#"']/.test(value) ? `"${value}"` : value;
}

/** Words as comment lines of at most {@linkcode WIDTH} characters. */
function comment(words: string): string[] {
  const lines: string[] = [];
  let line = "#";
  for (const word of words.split(" ")) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = "#";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
