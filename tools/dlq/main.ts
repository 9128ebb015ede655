import { Decoder } from "@orderline/lib/avro/codec";
import { openRegistry } from "@orderline/lib/avro/open_registry";
import { SchemaCache } from "@orderline/lib/avro/schema_cache";
import { systemClock } from "@orderline/lib/core/clock";
import type { ConsumerRecord } from "@orderline/lib/core/record";
import { escapeControls } from "@orderline/lib/core/shown";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import type { Admin } from "@orderline/lib/kafka/ports";
import { readTopic, type TopicRange } from "@orderline/lib/kafka/topic_reader";
import { type CommandArguments, settingFlags, UsageError } from "@orderline/lib/ops/arguments";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { readSettingsSources } from "@orderline/lib/ops/settings_sources";
import { loadAppSettings, SETTINGS, type Settings } from "@orderline/lib/ops/settings_table";
import { reachKafka, requireTopics } from "@orderline/lib/ops/startup";
import { table } from "@orderline/lib/ops/table";
import { type Order, ORDER_SCHEMA_TEXT, orderToJson } from "@orderline/schemas";
import { type DeadLetterView, viewDeadLetter } from "./dead_letter_view.ts";

const COMMAND = {
  name: "deno task dlq",
  summary: "Looks at the dead letters: records that could not be processed, unchanged, each with its reason.",
  positionals: [
    { name: "list|show", description: "what to do: list them by reason, or show one whole", required: true },
    { name: "PLACE", description: "for show: PARTITION:OFFSET in the dead letter topic, as list prints it" },
  ],
  flags: {
    last: { value: "N", description: "list: how many of the newest to print, per partition (default 10)" },
    json: { description: "JSON on stdout: list prints one object a line, show prints one" },
    ...settingFlags(SETTINGS, "tools"),
  },
  examples: [
    "deno task dlq list",
    "deno task dlq list --last 1000 --json",
    "deno task dlq show 2:17",
    "deno task dlq show 2:17 --json",
  ],
};
type Args = CommandArguments<string>;

await runCommand(COMMAND, async (args) => {
  const [verb, place] = args.positionals;
  if (verb !== "list" && verb !== "show") throw new UsageError(`there is no dlq ${verb}: it is list or show`);
  if ((verb === "show") !== (place !== undefined)) {
    throw new UsageError("a PLACE like 2:17 goes with show, and only with show");
  }
  const { values: settings } = loadAppSettings(await readSettingsSources({ flags: args.given }));
  const client = { brokers: settings.kafkaBrokers, clientId: "orderline-dlq" };
  const admin = await reachKafka(() => connectAdmin(client), { timeoutMs: settings.startupTimeoutMs });
  try {
    await requireTopics(admin, [settings.ordersDlqTopic]);
    return verb === "list" ? await list(admin, settings, args) : await show(admin, settings, args, place!);
  } finally {
    await admin.close();
  }
});

async function list(admin: Admin, settings: Settings, args: Args): Promise<0> {
  const last = args.integer("last", { min: 1 }) ?? 10;
  const bounds = await admin.bounds(settings.ordersDlqTopic);
  const all = bounds.reduce((sum, { start, end }) => sum + end - start, 0);
  const ranges = bounds.map(({ partition, start, end }) => ({
    partition,
    from: Math.max(start, end - last),
    to: end,
  }));
  const letters = await read(settings, ranges);
  if (args.has("json")) {
    for (const letter of letters) console.log(JSON.stringify(letter));
    return EXIT.done;
  }
  if (letters.length === 0) {
    console.log(`${settings.ordersDlqTopic} is empty: nothing was dead-lettered.`);
    return EXIT.done;
  }
  const byReason = Map.groupBy(letters, ({ reason }) => reason);
  console.log(`${all} dead letters in ${settings.ordersDlqTopic}; of the ${letters.length} read:\n`);
  console.log(
    table([["REASON", "COUNT"], ...[...byReason].map(([reason, some]) => [reason, some.length])]),
  );
  console.log();
  const rows = letters.map((letter) => [
    letter.place,
    `${letter.original_topic}[${letter.original_partition}]@${letter.original_offset}`,
    letter.reason,
    escapeControls(letter.error),
  ]);
  console.log(table([["PLACE", "ORIGINAL", "REASON", "ERROR"], ...rows], { maxWidth: 160 }));
  console.log("\nOne of them whole: deno task dlq show PLACE");
  return EXIT.done;
}

async function show(admin: Admin, settings: Settings, args: Args, place: string): Promise<0> {
  const match = /^(\d{1,9}):(\d{1,15})$/.exec(place);
  if (match === null) {
    throw new UsageError(`a PLACE is PARTITION:OFFSET, such as 2:17, not ${escapeControls(place)}`);
  }
  const [partition, offset] = [Number(match[1]), Number(match[2])];
  const bounds = (await admin.bounds(settings.ordersDlqTopic)).find((one) => one.partition === partition);
  const range = { partition, from: offset, to: offset + 1 };
  const inside = bounds !== undefined && offset >= bounds.start && offset < bounds.end;
  const [letter] = inside ? await read(settings, [range]) : [];
  if (letter === undefined) {
    const held = bounds === undefined ? "no such partition" : `offsets ${bounds.start} to ${bounds.end - 1}`;
    throw new CommandError(
      EXIT.failed,
      `there is no dead letter at ${place}: ${settings.ordersDlqTopic} has ${held} there`,
    );
  }
  if (args.has("json")) {
    console.log(JSON.stringify(letter, undefined, 2));
    return EXIT.done;
  }
  const { original_value, headers, ...facts } = letter;
  console.log(table(Object.entries(facts).map(([name, fact]) => [name, escapeControls(String(fact))])));
  for (const [name, value] of Object.entries(headers)) {
    console.log(escapeControls(`header ${name}: ${value}`));
  }
  console.log(`\n${JSON.stringify(original_value, undefined, 2)}`);
  return EXIT.done;
}

async function read(settings: Settings, ranges: readonly TopicRange[]): Promise<DeadLetterView[]> {
  const registry = openRegistry(settings);
  const decoder = new Decoder<Order>(ORDER_SCHEMA_TEXT, new SchemaCache(registry, { clock: systemClock }));
  const records: ConsumerRecord[] = [];
  const client = { brokers: settings.kafkaBrokers, clientId: "orderline-dlq" };
  await readTopic(client, settings.ordersDlqTopic, ranges, (record) => records.push(record));
  records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  return await Promise.all(
    records.map((record) =>
      viewDeadLetter(record, async (value) => orderToJson(await decoder.decode(value)))
    ),
  );
}
