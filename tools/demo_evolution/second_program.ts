import { join } from "node:path";
import { systemClock } from "@orderline/lib/core/clock";
import { generatedFiles, staleFiles } from "../schema/generated_files.ts";
import { releaseFiles, writeFiles } from "../schema/release.ts";
import { readSchemaFolder, type SchemaFolder } from "../schema/schema_folder.ts";
import { REPOSITORY } from "../demo/demo_run.ts";

/** A field as a schema writes it. */
interface Field {
  readonly name: string;
  readonly [attribute: string]: unknown;
}

/** An order's schema as JSON. */
export interface OrderSchema {
  readonly fields: readonly Field[];
  readonly [attribute: string]: unknown;
}

/** The same applications as here, in a folder of their own, whose schema goes on from ours. */
export interface SecondProgram {
  readonly root: string;
  /** Its folder of schemas; ours is version 1 there. */
  readonly schemas: string;
  /** The fields that version 2 adds. */
  readonly added: readonly [withDefault: string, optional: string];
  /** The same with values, as an order of version 2 has them. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** What the applications are made of. */
const PARTS = ["lib", "schemas", "producer", "consumer", "deno.json", "deno.lock"];
/** What they bring of their own is replaced by what is released here. */
const NOT_COPIED = new Set(["released", "schemas.lock.json", "subjects.json"]);

/** Copies the applications to `root` and makes our schema version 1 of the subject there. */
export async function copyProgram(root: string, { topic }: { topic: string }): Promise<SecondProgram> {
  for (const part of PARTS) await copy(join(REPOSITORY, part), join(root, part));
  const schemas = join(root, "schemas");
  await writeJson(join(schemas, "subjects.json"), {
    subjects: [{
      subject: `${topic}-value`,
      topic,
      file: "order.avsc",
      compatibility: "FULL_TRANSITIVE",
      owner: "the demo",
    }],
  });
  await release(schemas);
  const taken = new Set((await readOrderSchema(schemas)).fields.map(({ name }) => name));
  const free = (name: string): string => taken.has(name) ? free(`other_${name}`) : name;
  const [currency, note] = [free("currency"), free("note")];
  return {
    ...{ root, schemas, added: [currency, note] },
    extra: { [currency]: "USD", [note]: "ring twice" },
  };
}

/** What a developer does by hand: two fields more in `order.avsc`, and nothing else. */
export async function addFields({ schemas, added: [currency, note] }: SecondProgram): Promise<void> {
  const { fields, ...rest } = await readOrderSchema(schemas);
  await writeOrderSchema(schemas, {
    ...rest,
    fields: [
      ...fields,
      { name: currency, type: "string", default: "EUR", doc: "What the price is in, by ISO 4217." },
      { name: note, type: ["null", "string"], default: null, doc: "What the customer wants us to know." },
    ],
  });
}

/** As `schema:generate` and `schema:release` do: types and documentation, and the next version frozen. */
export async function release(schemas: string): Promise<number> {
  const folder = await readSchemaFolder(schemas);
  const today = new Date(systemClock.now()).toISOString().slice(0, 10);
  const { version, files } = await releaseFiles(folder, folder.subjects[0]!, today);
  await writeFiles(files);
  await writeFiles(await staleFiles(await generatedFiles(await readSchemaFolder(schemas))));
  return version;
}

/** The folder with another head than it has, as a `schema:check` of that edit would see it. */
export function withHead(folder: SchemaFolder, head: OrderSchema): SchemaFolder["subjects"][number] {
  return { ...folder.subjects[0]!, head: JSON.stringify(head) };
}

/** The schema that is being edited. */
export async function readOrderSchema(schemas: string): Promise<OrderSchema> {
  return JSON.parse(await Deno.readTextFile(join(schemas, "order.avsc")));
}

async function writeOrderSchema(schemas: string, schema: OrderSchema): Promise<void> {
  await writeJson(join(schemas, "order.avsc"), schema);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    if (!NOT_COPIED.has(name) && !name.endsWith("_test.ts")) await copy(join(from, name), join(to, name));
  }
}
