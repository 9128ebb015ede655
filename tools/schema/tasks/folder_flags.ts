import type { CommandArguments, FlagDefinition } from "@orderline/lib/ops/arguments";
import { resolve } from "node:path";
import { DEFAULT_SCHEMA_DIR, readSchemaFolder, type SchemaFolder } from "../schema_folder.ts";

/** The flags of every command that reads the folder of schemas. */
export const FOLDER_FLAGS = {
  schemas: { value: "DIR", description: "the folder of subjects.json (default: schemas)" },
  json: { description: "print one JSON object on stdout" },
} as const satisfies Record<string, FlagDefinition>;

/** The folder that the flags name. */
export function openFolder(args: CommandArguments<string>): Promise<SchemaFolder> {
  return readSchemaFolder(resolve(args.text("schemas") ?? DEFAULT_SCHEMA_DIR));
}
