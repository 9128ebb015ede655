import { Decoder } from "@orderline/lib/avro/codec";
import { describeProblems } from "@orderline/lib/avro/problem";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import { compileRecordRules } from "@orderline/lib/avro/record_rules";
import { schemaChanges } from "@orderline/lib/avro/evolution/schema_changes";
import { readFrame } from "@orderline/lib/avro/wire_format";

/** A value of a topic, explained. */
export interface Inspection {
  readonly bytes: number;
  readonly schemaId: number;
  /** As its writer meant it. */
  readonly written: ReadValue;
  /** As readers of the head see it. */
  readonly read: ReadValue;
  /** What those readers see otherwise than the writer meant it, whatever the value; empty when nothing. */
  readonly differences: readonly string[];
}

/** A value as people see it, or why there is none; and what our rules say against it. */
export interface ReadValue {
  readonly value: unknown;
  readonly failure: string | undefined;
  readonly problems: string | undefined;
}

/**
 * Explains the bytes of one value. Throws a `Failure` `not-framed` when there is no schema id in front of them.
 *
 * What cannot be decoded is part of the answer, not an error.
 */
export async function inspectValue(
  value: Uint8Array,
  { writer, reader }: { writer: string; reader: string },
): Promise<Inspection> {
  const { schemaId } = readFrame(value);
  return {
    bytes: value.length,
    schemaId,
    written: await readAs(value, { writer, reader: writer }),
    read: await readAs(value, { writer, reader }),
    differences: schemaChanges(readRecordSchema(writer), readRecordSchema(reader))
      .filter(({ newReaders }) => newReaders.words !== "fine")
      .map(({ path, what, newReaders }) =>
        `${path === "" ? "the record" : path}: ${what}; readers: ${newReaders.words}`
      ),
  };
}

async function readAs(
  bytes: Uint8Array,
  { writer, reader }: { writer: string; reader: string },
): Promise<ReadValue> {
  try {
    const decoder = new Decoder<Record<string, unknown>>(reader, {
      schemaById: () => Promise.resolve(writer),
    });
    const value = await decoder.decode(bytes);
    const rules = compileRecordRules<Record<string, unknown>>(reader);
    const problems = rules.check(value);
    if (problems.length > 0) return { value, failure: undefined, problems: describeProblems(problems) };
    return { value: rules.toJson(value), failure: undefined, problems: undefined };
  } catch (error) {
    return { value: undefined, failure: (error as Error).message, problems: undefined };
  }
}
