import { runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { driftLines, registryDrift } from "../registry_drift.ts";
import { chosenSubjects } from "../schema_folder.ts";
import { openFolder } from "./folder_flags.ts";
import { openReachedRegistry, REGISTRY_FLAGS } from "./registry_flags.ts";

const COMMAND = {
  name: "deno task schema:status",
  summary:
    "Compares what a registry holds with what was released: missing versions, foreign ones, the level. Changes nothing.",
  positionals: [{ name: "SUBJECT", description: "one subject, topic or file (default: all)" }],
  flags: REGISTRY_FLAGS,
  examples: ["deno task schema:status", "deno task schema:status --registry http://registry:8081 --json"],
};

await runCommand(COMMAND, async (args) => {
  const subjects = chosenSubjects(await openFolder(args), args.positionals[0]);
  const { catalogue, ask } = await openReachedRegistry(args);
  const drifts = await Promise.all(
    subjects.map(async (subject) =>
      registryDrift(
        subject,
        await ask(() => catalogue.versions(subject.subject)),
        await ask(() => catalogue.level(subject.subject)),
      )
    ),
  );
  const isOk = drifts.every(({ ok }) => ok);
  if (args.has("json")) console.log(JSON.stringify({ ok: isOk, subjects: drifts }));
  else for (const line of drifts.flatMap(driftLines)) console.log(line);
  return isOk ? EXIT.done : EXIT.failed;
});
