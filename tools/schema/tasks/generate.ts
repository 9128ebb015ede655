import { runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { dirname, relative } from "node:path";
import { generatedFiles, staleFiles } from "../generated_files.ts";
import { FOLDER_FLAGS, openFolder } from "./folder_flags.ts";

const COMMAND = {
  name: "deno task schema:generate",
  summary: "Writes types, rules and documentation of every .avsc in the folder of schemas.",
  flags: {
    check: { description: "write nothing; exit code 1 when a file is not what its schema says" },
    ...FOLDER_FLAGS,
  },
  examples: ["deno task schema:generate", "deno task schema:generate --check"],
};

await runCommand(COMMAND, async (args) => {
  const files = await generatedFiles(await openFolder(args));
  const stale = await staleFiles(files);
  const isCheck = args.has("check");
  for (const { path, content } of isCheck ? [] : stale) {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, content);
  }
  const names = stale.map(({ path }) => relative(Deno.cwd(), path));
  if (args.has("json")) {
    console.log(JSON.stringify({ files: files.length, [isCheck ? "stale" : "written"]: names }));
  } else if (stale.length === 0) console.error(`${files.length} generated files are up to date`);
  else {for (const name of names) {
      console.error(isCheck ? `${name} is not what its schema says` : `${name} written`);
    }}
  if (!isCheck || stale.length === 0) return EXIT.done;
  console.error("Run: deno task schema:generate");
  return EXIT.failed;
});
