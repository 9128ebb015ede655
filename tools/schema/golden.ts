import { createEncoder, Decoder } from "@orderline/lib/avro/codec";
import { describeProblems } from "@orderline/lib/avro/problem";
import { readRecordSchema } from "@orderline/lib/avro/read_schema";
import { compileRecordRules, type RecordRules } from "@orderline/lib/avro/record_rules";
import { FRAME_BYTES } from "@orderline/lib/avro/wire_format";
import type { SchemaVersion } from "./assess.ts";
import { sampleValues } from "./sample_values.ts";

/** A value with the bytes that it has in the topic, written down when its version was released. */
export interface GoldenValue {
  /** As people write it. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Without the frame, as hex. */
  readonly bytes: string;
}

type Value = Record<string, unknown>;
const ANY_ID = 1;

/** The golden values of a schema. */
export function goldenValues(schemaText: string): GoldenValue[] {
  const rules = compileRecordRules<Value>(schemaText);
  const encoder = createEncoder<Value>(schemaText, ANY_ID);
  return sampleValues(readRecordSchema(schemaText)).map((value) => ({
    value: rules.toJson(value),
    bytes: encoder.encode(value).subarray(FRAME_BYTES).toHex(),
  }));
}

/** What is wrong with golden bytes as their own version reads and writes them today; empty when nothing changed. */
export async function goldenDrift(golden: readonly GoldenValue[], version: SchemaVersion): Promise<string[]> {
  const rules = compileRecordRules<Value>(version.text);
  const encoder = createEncoder<Value>(version.text, ANY_ID);
  const drift: string[] = [];
  for (const [index, { value, bytes }] of golden.entries()) {
    const parsed = rules.parse(value);
    if (!parsed.ok) {
      drift.push(`value ${index + 1} is no longer accepted: ${describeProblems(parsed.problems)}`);
    } else if (encoder.encode(parsed.value).subarray(FRAME_BYTES).toHex() !== bytes) {
      drift.push(`value ${index + 1} is written as other bytes than when ${version.label} was released`);
    }
    const shown = await shownAs(rules, bytes, { writer: version.text, reader: version.text });
    if (shown !== JSON.stringify(value)) {
      drift.push(`the bytes of value ${index + 1} read as something else: ${shown}`);
    }
  }
  return drift;
}

/** Why a reader cannot use golden bytes of a writer; empty when it reads them all and finds nothing wrong. */
export async function unreadGolden(
  golden: readonly GoldenValue[],
  { writer, reader }: { writer: SchemaVersion; reader: SchemaVersion },
): Promise<string[]> {
  const rules = compileRecordRules<Value>(reader.text);
  const problems = await Promise.all(golden.map(async ({ bytes }, index) => {
    try {
      const found = rules.check(await decode(bytes, { writer: writer.text, reader: reader.text }));
      return found.length === 0 ? [] : [`value ${index + 1}: ${describeProblems(found)}`];
    } catch (error) {
      return [`value ${index + 1}: ${(error as Error).message}`];
    }
  }));
  return problems.flat().map((problem) =>
    `${reader.label} does not take what ${writer.label} wrote: ${problem}`
  );
}

async function shownAs(
  rules: RecordRules<Value>,
  bytes: string,
  schemas: { writer: string; reader: string },
): Promise<string> {
  try {
    return JSON.stringify(rules.toJson(await decode(bytes, schemas)));
  } catch (error) {
    return (error as Error).message;
  }
}

async function decode(bytes: string, { writer, reader }: { writer: string; reader: string }): Promise<Value> {
  const decoder = new Decoder<Value>(reader, { schemaById: () => Promise.resolve(writer) });
  return await decoder.decode(new Uint8Array([0, 0, 0, 0, ANY_ID, ...Uint8Array.fromHex(bytes)]));
}
