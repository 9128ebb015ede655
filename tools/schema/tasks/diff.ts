import { runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { assess } from "../assess.ts";
import { assessmentText } from "../assessment_text.ts";
import { chosenSubjects } from "../schema_folder.ts";
import { versionNamed } from "../version_named.ts";
import { weigh } from "../waivers.ts";
import { FOLDER_FLAGS, openFolder } from "./folder_flags.ts";

const COMMAND = {
  name: "deno task schema:diff",
  summary: "Says in words what changed between two versions of a schema, and who sees what of it.",
  positionals: [
    {
      name: "OLDER",
      description: "a released version (1), head, a file, or git:REF (default: the newest release)",
    },
    { name: "NEWER", description: "the same (default: head)" },
  ],
  flags: {
    subject: { value: "NAME", description: "one subject, topic or file (default: all)" },
    ...FOLDER_FLAGS,
  },
  examples: ["deno task schema:diff", "deno task schema:diff 1 2", "deno task schema:diff git:main head"],
};

await runCommand(COMMAND, async (args) => {
  const folder = await openFolder(args);
  const [older, newer = "head"] = args.positionals;
  const today = new Date().toISOString().slice(0, 10);
  const assessments = [];
  for (const subject of chosenSubjects(folder, args.text("subject"))) {
    const newest = subject.releases.at(-1);
    const from = await versionNamed(
      folder.dir,
      subject,
      older ?? (newest === undefined ? "head" : `${newest.version}`),
    );
    const to = await versionNamed(folder.dir, subject, newer);
    const assessment = assess(from, to, subject.compatibility);
    const weighed = { ...assessment, ...weigh(assessment.refusals, subject.waivers, today) };
    assessments.push({ subject: subject.subject, ...weighed });
    if (args.has("json")) continue;
    if (assessment.changes.length > 0) console.log(assessmentText(subject.subject, weighed));
    else console.log(`${subject.subject}  ${from.label} and ${to.label} say the same`);
  }
  if (args.has("json")) console.log(JSON.stringify({ subjects: assessments }));
  return EXIT.done;
});
