import { runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { join } from "node:path";
import { lint } from "../lint.ts";
import { FOLDER_FLAGS, openFolder } from "./folder_flags.ts";

const COMMAND = {
  name: "deno task schema:lint",
  summary:
    "Says what about the schemas themselves would be regretted later: names, documentation, defaults, money.",
  flags: FOLDER_FLAGS,
  examples: ["deno task schema:lint", "deno task schema:lint --json"],
};

await runCommand(COMMAND, async (args) => {
  const { dir, files, subjects } = await openFolder(args);
  const found = await Promise.all(files.map(async (file) => {
    const problems = lint(await Deno.readTextFile(join(dir, file)), file);
    return problems.map((problem) => ({ file, ...problem }));
  }));
  const problems = found.flat();
  const unnamed = files.filter((file) => !subjects.some((subject) => subject.file === file));
  if (args.has("json")) console.log(JSON.stringify({ files, problems, withoutSubject: unnamed }));
  else {
    for (const { file, at, rule, message } of problems) console.log(`${file}: ${at} ${message} (${rule})`);
    for (const file of unnamed) {
      console.error(`${file} has no subject in subjects.json: it cannot be released`);
    }
    if (problems.length === 0) console.error(`nothing to say about ${files.join(", ")}`);
  }
  return problems.length === 0 ? EXIT.done : EXIT.failed;
});
