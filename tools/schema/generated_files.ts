import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { join, resolve } from "node:path";
import { formatted } from "../docs/formatted.ts";
import { documentationOf } from "./documentation.ts";
import type { SchemaFolder } from "./schema_folder.ts";
import { typescriptOf } from "./typescript.ts";

/** A file that is made from a schema. */
export interface GeneratedFile {
  readonly path: string;
  /** What the file must contain. */
  readonly content: string;
  /** What it is made from. */
  readonly source: string;
}

/**
 * Every file that the schemas of a folder give: TypeScript for each `.avsc`, a page for each subject.
 *
 * @throws {CommandError} exit code 1 for a schema that no file can be made for, with the reason.
 */
export async function generatedFiles(folder: SchemaFolder): Promise<GeneratedFile[]> {
  const { dir, subjects, files } = folder;
  const types = files.map(async (source) => ({
    path: join(dir, "generated", source.replace(/\.avsc$/, ".ts")),
    content: await formatted(
      refusing(source, typescriptOf, await Deno.readTextFile(join(dir, source))),
      "ts",
    ),
    source,
  }));
  const pages = subjects.map(async (subject) => ({
    path: resolve(dir, "../docs/schemas", `${subject.subject}.md`),
    content: await formatted(documentationOf(subject), "md"),
    source: subject.file,
  }));
  return await Promise.all([...types, ...pages]);
}

/** Those of the files that do not contain what they must. */
export async function staleFiles(files: readonly GeneratedFile[]): Promise<GeneratedFile[]> {
  const present = await Promise.all(files.map(({ path }) => Deno.readTextFile(path).catch(() => undefined)));
  return files.filter(({ content }, index) => present[index] !== content);
}

function refusing(source: string, make: (text: string, source: string) => string, text: string): string {
  try {
    return make(text, source);
  } catch (error) {
    throw new CommandError(EXIT.failed, `${source}: ${(error as Error).message}`);
  }
}
