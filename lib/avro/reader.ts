import type { RecordSchema } from "./avro_schema.ts";
import { type AvscResolver, type AvscType, compileAvsc, resolverFor } from "./avsc_type.ts";
import { type BoundsCheck, boundsOf } from "./bounds.ts";
import { type ReadingLosses, readingLosses } from "./evolution/reading_losses.ts";
import { schemaChanges } from "./evolution/schema_changes.ts";
import { readRecordSchema } from "./read_schema.ts";

/** The schema that values are read as. */
export interface Reader {
  readonly type: AvscType;
  readonly schema: RecordSchema;
}

/** Compiles a reader's schema. Throws an `Error` when it cannot be used. */
export function compileReader(schemaText: string): Reader {
  return { type: compileAvsc(schemaText), schema: readRecordSchema(schemaText) };
}

/** How values of one writer are read as the reader's. */
export interface Writer {
  readonly resolver: AvscResolver;
  /** What must be checked of bytes before they are decoded; undefined where nothing need be. */
  readonly bounds: BoundsCheck | undefined;
  /** What the reader sees otherwise than it was written. */
  readonly losses: ReadingLosses;
}

/** Far above any schema: a larger one costs more to compile than anybody meant. */
const MAX_SCHEMA_CHARACTERS = 1_000_000;

/**
 * How values of a writer's schema are read as the reader's.
 *
 * Throws an `Error` that says what does not fit: what avsc refuses, what it would read as something else (another
 * unit or scale on the same bytes), and schemas that are meant to hurt.
 */
export function readWriter(reader: Reader, schemaText: string): Writer {
  if (schemaText.length > MAX_SCHEMA_CHARACTERS) {
    throw new Error(`the schema has ${schemaText.length} characters, more than ${MAX_SCHEMA_CHARACTERS}`);
  }
  // Before avsc sees it: this refuses what is nested too deeply or too wide.
  const schema = readRecordSchema(schemaText);
  const bounds = boundsOf(schema);
  const resolver = resolverFor(reader.type, schemaText);
  const misread = schemaChanges(schema, reader.schema).find(({ code }) => code === "unit-changed");
  if (misread === undefined) return { resolver, bounds, losses: readingLosses(reader.schema, schema) };
  throw new Error(`${misread.path}: ${misread.what}, and every value would come out wrong`);
}

/** Why the reader's program cannot read values of the writer's schema, or undefined when it can. */
export function readingProblem(readerSchemaText: string, writerSchemaText: string): string | undefined {
  try {
    readWriter(compileReader(readerSchemaText), writerSchemaText);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
