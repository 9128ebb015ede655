import { isSameSchema } from "@orderline/lib/avro/same_schema";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { relative } from "node:path";
import { checkSubject, objections } from "../check_subject.ts";
import { generatedFiles, staleFiles } from "../generated_files.ts";
import { releaseFiles, writeFiles } from "../release.ts";
import { chosenSubjects, readSchemaFolder, type Subject } from "../schema_folder.ts";
import { FOLDER_FLAGS, openFolder } from "./folder_flags.ts";

const COMMAND = {
  name: "deno task schema:release",
  summary:
    "Makes the schema as it is the next version: frozen, locked, with golden bytes. Refused where schema:check " +
    "refuses. Registers nothing: schema:register does.",
  positionals: [{ name: "SUBJECT", description: "one subject, topic or file (default: all that changed)" }],
  flags: FOLDER_FLAGS,
  examples: ["deno task schema:release", "deno task schema:release orders-value"],
};

await runCommand(COMMAND, async (args) => {
  const folder = await openFolder(args);
  const today = new Date().toISOString().slice(0, 10);
  const chosen = chosenSubjects(folder, args.positionals[0]).filter(isChanged);
  const reports = await Promise.all(chosen.map((subject) => checkSubject(subject, { today })));
  const against = reports.flatMap((report) => objections(report).map((line) => `${report.subject}: ${line}`));
  if (against.length > 0) {
    throw new CommandError(EXIT.failed, `Not released:\n${against.join("\n")}\nMore: deno task schema:check`);
  }
  const released: { subject: string; version: number }[] = [];
  for (const { subject: name } of chosen) {
    // Read again: the lock has an entry more for each that was released.
    const now = await readSchemaFolder(folder.dir);
    const subject = now.subjects.find((one) => one.subject === name)!;
    const { version, files } = await releaseFiles(now, subject, today);
    await writeFiles(files);
    released.push({ subject: name, version });
    for (const { path } of files) console.error(`${relative(Deno.cwd(), path)} written`);
  }
  // The history on the pages has grown.
  await writeFiles(await staleFiles(await generatedFiles(await readSchemaFolder(folder.dir))));
  if (args.has("json")) console.log(JSON.stringify({ released }));
  else if (released.length === 0) console.error("nothing to release: every schema is what was released last");
  for (const { subject, version } of released) console.error(`${subject} version ${version} released`);
  if (released.length > 0) console.error("Commit it, then bring it to a registry: deno task schema:register");
  return EXIT.done;
});

function isChanged({ head, releases }: Subject): boolean {
  const newest = releases.at(-1);
  return newest === undefined || !isSameSchema(newest.text, head);
}
