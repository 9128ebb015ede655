import type { RecordSchema } from "./avro_schema.ts";
import { type AvscResolver, type AvscType, compileAvsc, resolverFor } from "./avsc_type.ts";
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

/**
 * How values of a writer's schema are read as the reader's.
 *
 * Throws an `Error` that says what does not fit: what avsc refuses, and what it would read as something else: another
 * unit or scale on the same bytes.
 */
export function resolverOf(reader: Reader, writerSchemaText: string): AvscResolver {
  const resolver = resolverFor(reader.type, writerSchemaText);
  const misread = schemaChanges(readRecordSchema(writerSchemaText), reader.schema)
    .find(({ code }) => code === "unit-changed");
  if (misread === undefined) return resolver;
  throw new Error(`${misread.path}: ${misread.what}, and every value would come out wrong`);
}

/** Why the reader's program cannot read values of the writer's schema, or undefined when it can. */
export function readingProblem(readerSchemaText: string, writerSchemaText: string): string | undefined {
  try {
    resolverOf(compileReader(readerSchemaText), writerSchemaText);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
