/**
 * Writes what is made from tables in code: `.env.example`, docs/configuration.md, docs/metrics.md. With `--check` it
 * writes nothing, and fails when one of them is not what the table says.
 */
import { renderMetricsTable } from "@orderline/lib/ops/metrics_table";
import { renderConfigurationTable, renderEnvExample } from "@orderline/lib/ops/settings_docs";
import { NOT_BUILT_YET, SETTINGS } from "@orderline/lib/ops/settings_table";
import { formatted } from "./formatted.ts";

const GENERATED = "<!-- Made by `deno task generate` from a table in code; change the table. -->";

const FILES: Readonly<Record<string, string>> = {
  ".env.example": renderEnvExample(SETTINGS),
  "docs/configuration.md": `# Settings

${GENERATED}

A setting is taken from the first that has it: a flag, the environment, \`.env\`, the running local stack, the default.
All mistakes are reported together, and a documented setting that is not built yet is refused, never ignored.

${renderConfigurationTable(SETTINGS, NOT_BUILT_YET)}`,
  "docs/metrics.md": `# Metrics

${GENERATED}

Served as \`/metrics\` on the consumer's port 8082 and the producer's port 8083. The summary at shutdown prints the same
numbers under the names of the last column.

${renderMetricsTable()}`,
};

const root = new URL("../..", import.meta.url).pathname;
const check = Deno.args.includes("--check");
let stale = 0;
for (const [file, content] of Object.entries(FILES)) {
  const wanted = file.endsWith(".md") ? await formatted(content, "md") : `${content.trim()}\n`;
  const path = `${root}${file}`;
  const present = await Deno.readTextFile(path).catch(() => undefined);
  if (present === wanted) continue;
  if (check) {
    stale++;
    console.error(`${file} is not what the table in code says: run deno task generate`);
  } else {
    await Deno.writeTextFile(path, wanted);
    console.error(`${file} written`);
  }
}
Deno.exit(stale > 0 ? 1 : 0);
