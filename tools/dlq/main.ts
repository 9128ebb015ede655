import { Decoder } from "@orderline/lib/avro/codec";
import { openSchemas } from "@orderline/lib/avro/open_schemas";
import type { ConsumerRecord } from "@orderline/lib/core/record";
import { escapeControls } from "@orderline/lib/core/shown";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import type { Admin } from "@orderline/lib/kafka/ports";
import { readTopic, type TopicRange } from "@orderline/lib/kafka/topic_reader";
import { type CommandArguments, settingFlags, UsageError } from "@orderline/lib/ops/arguments";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { readSettingsSources } from "@orderline/lib/ops/settings_sources";
import { loadAppSettings, SETTINGS, type Settings, SETUP } from "@orderline/schemas/settings";
import { reachKafka, requireTopics } from "@orderline/lib/ops/startup";
import { type Order, ORDER_SCHEMA_TEXT, orderToJson } from "@orderline/schemas";
import { valueSubject } from "@orderline/lib/avro/value_subject";
import { listText, showText } from "./dead_letter_text.ts";
import { release } from "./release.ts";
import { type DeadLetterView, viewDeadLetter } from "./dead_letter_view.ts";

const COMMAND = {
  name: "deno task dlq",
  summary: "Looks at the dead letters: records that could not be processed, unchanged, each with its reason.",
  positionals: [
    {
      name: "list|show|release",
      description:
        "what to do: list them by reason, show one whole, or let a user's orders be processed again",
      required: true,
    },
    {
      name: "PLACE|USER",
      description: "for show: PARTITION:OFFSET, as list prints it; for release: the user",
    },
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
    "deno task dlq release alice",
  ],
};
type Args = CommandArguments<string>;

await runCommand(COMMAND, async (args) => {
  const [verb, what] = args.positionals;
  if (verb !== "list" && verb !== "show" && verb !== "release") {
    throw new UsageError(`there is no dlq ${escapeControls(`${verb}`)}: it is list, show or release`);
  }
  if (verb === "show" && what === undefined) throw new UsageError("show what? A PLACE, such as 2:17");
  if (verb === "release" && what === undefined) throw new UsageError("release whom? A USER, such as alice");
  if (verb === "list" && what !== undefined) throw new UsageError("list takes nothing beside its flags");
  const { values: settings } = loadAppSettings(await readSettingsSources({ flags: args.given }));
  const client = { brokers: settings.kafkaBrokers, clientId: "orderline-dlq" };
  const admin = await reachKafka(() => connectAdmin(client), { timeoutMs: settings.startupTimeoutMs });
  try {
    if (verb === "release") return await release(admin, settings, what!);
    await requireTopics(admin, [settings.dlqTopic], { setup: SETUP });
    return verb === "list" ? await list(admin, settings, args) : await show(admin, settings, args, what!);
  } finally {
    await admin.close();
  }
});

async function list(admin: Admin, settings: Settings, args: Args): Promise<0> {
  const last = args.integer("last", { min: 1 }) ?? 10;
  const bounds = await admin.bounds(settings.dlqTopic);
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
  console.log(listText({ topic: settings.dlqTopic, all, letters, columns: columns() }));
  return EXIT.done;
}

async function show(admin: Admin, settings: Settings, args: Args, place: string): Promise<0> {
  const match = /^(\d{1,9}):(\d{1,15})$/.exec(place);
  if (match === null) {
    throw new UsageError(`a PLACE is PARTITION:OFFSET, such as 2:17, not ${escapeControls(place)}`);
  }
  const [partition, offset] = [Number(match[1]), Number(match[2])];
  const bounds = (await admin.bounds(settings.dlqTopic)).find((one) => one.partition === partition);
  const range = { partition, from: offset, to: offset + 1 };
  const inside = bounds !== undefined && offset >= bounds.start && offset < bounds.end;
  const [letter] = inside ? await read(settings, [range]) : [];
  if (letter === undefined) {
    const held = bounds === undefined ? "no such partition" : `offsets ${bounds.start} to ${bounds.end - 1}`;
    throw new CommandError(
      EXIT.failed,
      `there is no dead letter at ${place}: ${settings.dlqTopic} has ${held} there`,
    );
  }
  if (args.has("json")) {
    console.log(JSON.stringify(letter, undefined, 2));
    return EXIT.done;
  }
  console.log(showText(letter, columns()));
  return EXIT.done;
}

/** The width of the terminal; undefined where stdout is none. */
function columns(): number | undefined {
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
}

async function read(settings: Settings, ranges: readonly TopicRange[]): Promise<DeadLetterView[]> {
  const { schemas } = await openSchemas(settings, { subject: valueSubject(settings.topic) });
  const decoder = new Decoder<Order>(ORDER_SCHEMA_TEXT, schemas);
  const records: ConsumerRecord[] = [];
  const client = { brokers: settings.kafkaBrokers, clientId: "orderline-dlq" };
  await readTopic(client, settings.dlqTopic, ranges, (record) => records.push(record));
  records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  return await Promise.all(
    records.map((record) =>
      viewDeadLetter(record, async (value) => orderToJson(await decoder.decode(value)))
    ),
  );
}
