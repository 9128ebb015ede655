/**
 * Writes what is made from tables in code: `.env.example`, docs/configuration.md, docs/metrics.md. With `--check` it
 * writes nothing, and fails when one of them is not what the table says.
 */
import { renderMetricsTable } from "@orderline/lib/ops/metrics_table";
import { renderConfigurationTable, renderEnvExample } from "@orderline/lib/ops/settings_docs";
import { NOT_BUILT_YET } from "@orderline/lib/ops/event_settings";
import { SETTINGS } from "@orderline/schemas/settings";
import { renderRegistryTable } from "../schema/registry_answers.ts";
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
  "docs/schemas/registries.md": `# Registries

${GENERATED}

Two registries speak the API that we use. They were not tried alike:

- **Apicurio 3.3.3**, at \`/apis/ccompat/v7\`, is what \`deno task stack up\` starts by Java. Every test on the real stack runs
  on it, this table's fourth column and 52 changes of a schema at each of the seven levels among them.
- **Confluent's Schema Registry** was **not run**: it comes as a Docker image, and there was no Docker where this was
  built. What we know of it is in its API reference and its source. A fake that gives those answers
  (\`tests/harness/confluent_registry.ts\`) runs the same contract as the real registry, for releases up to 8.1 and from
  8.2 on. \`docker-compose.yaml\` starts release 8.1.1.

Status and error code are all that we go by; the words of a message are shown and never read.

${renderRegistryTable()}
Beyond the table: Apicurio begins without any level, so that it accepts everything until one is set; both keep unknown
attributes, such as our \`constraints\`; ids are not dense, and mean nothing in another registry.
`,
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
