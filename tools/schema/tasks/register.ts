import type { CommandDefinition } from "@orderline/lib/ops/arguments";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { checkReleases } from "../check_subject.ts";
import { registerReleases, registrationText } from "../register.ts";
import { chosenSubjects } from "../schema_folder.ts";
import { openFolder } from "./folder_flags.ts";
import { openReachedRegistry, REGISTRY_FLAGS } from "./registry_flags.ts";

const COMMAND: CommandDefinition = {
  name: "deno task schema:register",
  summary:
    "Brings every release to the registry: sets the subject's level first, registers what is missing, reads it " +
    "back and compares. May be run again at any time.",
  positionals: [{ name: "SUBJECT", description: "one subject, topic or file (default: all)" }],
  flags: {
    "dry-run": { description: "change nothing; say what would be done, and what the registry would say" },
    ...REGISTRY_FLAGS,
  },
  examples: [
    "deno task schema:register",
    "deno task schema:register --registry http://registry:8081 --dry-run",
  ],
};

await runCommand(COMMAND, async (args) => {
  const subjects = chosenSubjects(await openFolder(args), args.positionals[0]);
  const drift = (await Promise.all(subjects.map(checkReleases))).flat();
  if (drift.length > 0) throw new CommandError(EXIT.failed, `Nothing was registered:\n${drift.join("\n")}`);
  const { registry, catalogue, ask } = await openReachedRegistry(args);
  const done = [];
  for (const subject of subjects) {
    const dryRun = args.has("dry-run");
    done.push(...await ask(() => registerReleases(subject, { registry, catalogue, dryRun })));
  }
  if (args.has("json")) console.log(JSON.stringify({ registrations: done }));
  else for (const registration of done) console.error(registrationText(registration));
  return done.some(({ outcome }) => outcome === "would-refuse") ? EXIT.failed : EXIT.done;
});
