import { runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { relative } from "node:path";
import { assessmentText } from "../assessment_text.ts";
import { checkSubject } from "../check_subject.ts";
import { generatedFiles, staleFiles } from "../generated_files.ts";
import { headInGit } from "../git_head.ts";
import { chosenSubjects } from "../schema_folder.ts";
import { FOLDER_FLAGS, openFolder } from "./folder_flags.ts";

const COMMAND = {
  name: "deno task schema:check",
  summary:
    "Says, without asking a server, whether a schema may be released: for each change what the registry will " +
    "say, what our decoder does, and what it means to those who read the data.",
  positionals: [{ name: "SUBJECT", description: "one subject, topic or file (default: all)" }],
  flags: {
    against: {
      value: "REF",
      description: "a git branch or commit whose schema the change is held against as well",
    },
    ...FOLDER_FLAGS,
  },
  examples: [
    "deno task schema:check",
    "deno task schema:check --against main",
    "deno task schema:check --json",
  ],
};

await runCommand(COMMAND, async (args) => {
  const folder = await openFolder(args);
  const subjects = chosenSubjects(folder, args.positionals[0]);
  const today = new Date().toISOString().slice(0, 10);
  const ref = args.text("against");
  const reports = await Promise.all(subjects.map(async (subject) => {
    const others = ref === undefined ? [] : await headInGit(folder.dir, subject.file, ref);
    return await checkSubject(subject, { today, others });
  }));
  const isOk = reports.every(({ ok }) => ok);
  // What cannot be generated is among the reports already.
  const stale = isOk
    ? (await staleFiles(await generatedFiles(folder))).map(({ path }) => relative(Deno.cwd(), path))
    : [];
  if (args.has("json")) {
    console.log(JSON.stringify({ ok: isOk && stale.length === 0, subjects: reports, stale }));
  } else {
    for (const [index, { subject, level, lint, drift, assessments }] of reports.entries()) {
      for (const { at, message, rule } of lint) console.log(`${subject}: ${at} ${message} (${rule})`);
      for (const line of drift) console.log(`${subject}: ${line}`);
      for (const assessment of assessments) console.log(assessmentText(subject, assessment));
      if (assessments.length > 0) continue;
      const same = subjects[index]!.releases.length > 0;
      console.error(
        `${subject}  ${same ? "head is what was released" : "nothing was released yet"}  (${level})`,
      );
    }
    for (const path of stale) {
      console.log(`${path} is not what its schema says; run: deno task schema:generate`);
    }
  }
  return isOk && stale.length === 0 ? EXIT.done : EXIT.failed;
});
