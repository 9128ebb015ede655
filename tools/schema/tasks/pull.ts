import { type CommandDefinition, UsageError } from "@orderline/lib/ops/arguments";
import { SchemaFiles } from "@orderline/lib/avro/schema_files";
import { runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { chosenSubjects } from "../schema_folder.ts";
import { openFolder } from "./folder_flags.ts";
import { openReachedRegistry, REGISTRY_FLAGS } from "./registry_flags.ts";

const COMMAND: CommandDefinition = {
  name: "deno task schema:pull",
  summary:
    "Writes the schemas that a registry holds of our subjects into a folder, by id: a cache for starts without a registry.",
  positionals: [{ name: "SUBJECT", description: "one subject, topic or file (default: all)" }],
  flags: { to: { value: "DIR", description: "the folder (default: SCHEMA_CACHE_DIR)" }, ...REGISTRY_FLAGS },
  examples: ["deno task schema:pull", "deno task schema:pull --to /var/cache/orderline"],
};

await runCommand(COMMAND, async (args) => {
  const subjects = chosenSubjects(await openFolder(args), args.positionals[0]);
  const { catalogue, settings, ask } = await openReachedRegistry(args);
  const dir = args.text("to") ?? settings.schemaCacheDir;
  if (dir === "none") throw new UsageError("SCHEMA_CACHE_DIR is none; say where with --to");
  const files = await SchemaFiles.open(dir, settings.schemaRegistryUrl);
  const versions = (await Promise.all(subjects.map(({ subject }) => ask(() => catalogue.versions(subject)))))
    .flat();
  let written = 0;
  for (const { id, text } of versions) if (await files.save(id, text)) written++;
  if (args.has("json")) console.log(JSON.stringify({ dir, ids: versions.map(({ id }) => id), written }));
  else console.error(`${dir}: ${versions.length} schemas, ${written} of them new`);
  return EXIT.done;
});
