import { readFrame } from "@orderline/lib/avro/wire_format";
import type { ConsumerRecord } from "@orderline/lib/core/record";
import { escapeControls, shown } from "@orderline/lib/core/shown";
import { type CommandArguments, type CommandDefinition, UsageError } from "@orderline/lib/ops/arguments";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { inspectValue, type ReadValue } from "../inspect.ts";
import { readRecord } from "../read_record.ts";
import { parseRecordPlace } from "../record_place.ts";
import { chosenSubjects, type SchemaFolder, type Subject } from "../schema_folder.ts";
import { versionNamed } from "../version_named.ts";
import { openFolder } from "./folder_flags.ts";
import { KAFKA_FLAGS, openReachedRegistry, REGISTRY_FLAGS, settingsOf } from "./registry_flags.ts";

const COMMAND: CommandDefinition = {
  name: "deno task schema:inspect",
  summary:
    "Explains one value: who wrote it by which schema, what it says, what readers on the head see of it.",
  positionals: [
    {
      name: "VALUE",
      description: "hex, base64, or where the record lies: TOPIC:PARTITION:OFFSET",
      required: true,
    },
  ],
  flags: {
    writer: {
      value: "VERSION",
      description: "ask no registry: it was written with this version (1, head, a file)",
    },
    subject: {
      value: "NAME",
      description: "read it as the head of this subject (default: the one its schema belongs to)",
    },
    ...KAFKA_FLAGS,
    ...REGISTRY_FLAGS,
  },
  examples: [
    "deno task schema:inspect orders:2:17",
    "deno task schema:inspect 0000000001… --writer 1",
    "deno task schema:inspect AAAAAAE… --json",
  ],
};
type Args = CommandArguments<string>;

/** The schema that a value was written with, and the subject whose head it is read as. */
interface Schemas {
  readonly writer: string;
  /** `orders-value version 1`. */
  readonly writtenAs: string;
  readonly subject: Subject;
}

await runCommand(COMMAND, async (args) => {
  const text = args.positionals[0]!;
  const place = parseRecordPlace(text);
  if (place === undefined) {
    throw new UsageError(`${shown(text)} is not hex, not base64, and no TOPIC:PARTITION:OFFSET`);
  }
  const folder = await openFolder(args);
  const record = "bytes" in place ? undefined : await fetchRecord(place, args);
  const value = "bytes" in place ? place.bytes : record!.value;
  if (value === null) {
    throw new CommandError(EXIT.failed, `the record at ${text} is a tombstone: it has no value`);
  }
  const { schemaId } = readFrame(value);
  const { writer, writtenAs, subject } = await findSchemas(args, folder, schemaId);
  const inspection = await inspectValue(value, { writer, reader: subject.head });
  const whereabouts = record === undefined ? {} : recordFacts(record);
  if (args.has("json")) {
    console.log(JSON.stringify({ ...whereabouts, writtenAs, ...inspection }, undefined, 2));
  } else {
    for (const [name, fact] of Object.entries(whereabouts)) {
      console.log(`${name}: ${escapeControls(shown(fact))}`);
    }
    console.log(`${inspection.bytes} bytes, magic byte 0, schema id ${schemaId}: ${writtenAs}`);
    console.log(`\nas it was written:\n${valueText(inspection.written)}`);
    console.log(`\nas readers on the head of ${subject.subject} see it:\n${valueText(inspection.read)}`);
    for (const difference of inspection.differences) console.log(`  ${difference}`);
  }
  return inspection.read.failure === undefined && inspection.read.problems === undefined
    ? EXIT.done
    : EXIT.failed;
});

async function fetchRecord(place: { topic: string; partition: number; offset: number }, args: Args) {
  const settings = await settingsOf(args);
  return await readRecord(place, { brokers: settings.kafkaBrokers, timeoutMs: settings.startupTimeoutMs });
}

async function findSchemas(args: Args, folder: SchemaFolder, schemaId: number): Promise<Schemas> {
  const named = args.text("subject");
  const version = args.text("writer");
  if (version !== undefined) {
    const [subject] = chosenSubjects(folder, named);
    const { label, text } = await versionNamed(folder.dir, subject!, version);
    return { writer: text, writtenAs: `taken for ${subject!.subject} ${label}`, subject: subject! };
  }
  const { registry, catalogue, ask } = await openReachedRegistry(args);
  const writer = await ask(() => registry.schemaById(schemaId));
  const uses = await ask(() => catalogue.usesOf(schemaId));
  const mine = folder.subjects.find(({ subject }) => uses.some((use) => use.subject === subject));
  const [subject] = mine !== undefined && named === undefined ? [mine] : chosenSubjects(folder, named);
  const writtenAs = uses.map((use) => `${use.subject} version ${use.version}`).join(", ");
  return { writer, writtenAs: writtenAs === "" ? "of no subject" : writtenAs, subject: subject! };
}

function recordFacts({ topic, partition, offset, timestamp, key, headers }: ConsumerRecord) {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    record: `${topic}:${partition}:${offset}`,
    sent: new Date(timestamp).toISOString(),
    key: key === null ? null : text(key),
    headers: Object.fromEntries(headers.map(([name, value]) => [name, text(value)])),
  };
}

function valueText({ value, failure, problems }: ReadValue): string {
  if (failure !== undefined) return `  cannot be read: ${escapeControls(failure)}`;
  const text = JSON.stringify(value, undefined, 2).split("\n").map((line) => `  ${escapeControls(line)}`)
    .join("\n");
  return problems === undefined ? text : `${text}\n  breaks the rules: ${escapeControls(problems)}`;
}
