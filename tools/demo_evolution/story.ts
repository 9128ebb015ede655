import { join } from "node:path";
import { openCatalogue, openRegistry } from "@orderline/lib/avro/open_registry";
import { systemClock } from "@orderline/lib/core/clock";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { untilDone } from "../demo/app.ts";
import type { Steps } from "../demo/steps.ts";
import { connect } from "../demo/topics.ts";
import { checkSubject } from "../schema/check_subject.ts";
import { registerReleases } from "../schema/register.ts";
import { readSchemaFolder } from "../schema/schema_folder.ts";
import { countEverything } from "./count_everything.ts";
import { type TriedEdit, tryEdits } from "./edits.ts";
import { addFields, copyProgram, release, type SecondProgram } from "./second_program.ts";
import { Stage, type StoryConsumer } from "./stage.ts";
import { FEW, MANY, type StoryRun, type Telling, type Told } from "./telling.ts";
import { withoutRegistry } from "./without_registry.ts";

/**
 * Two versions of a schema, from the first edit to the roll-back, told by the real applications on a real Kafka and
 * registry. Whatever happens, they have ended when this has.
 */
export async function tell(given: StoryRun, steps: Steps): Promise<Told> {
  const failed = new AbortController();
  const run = { ...given, signal: AbortSignal.any([given.signal, failed.signal]) };
  const admin = await connect(run.stack);
  const stage = new Stage(run, {
    secondRoot: join(run.folder, "v2"),
    fail: (error) => failed.abort(error),
  });
  try {
    return await tellAll({ run, steps, admin, stage });
  } finally {
    await stage.close();
    await admin.close();
  }
}

async function tellAll(telling: Telling): Promise<Told> {
  const { steps, stage } = telling;
  const v1 = await steps.run("version 1", () => firstVersion(telling));
  const program = await steps.run("the edit", () => edit(telling));
  const ids = await steps.run("register", () => register(telling, program));
  const v2 = await steps.run("version 2", async () => {
    const consumer = await stage.consume("reader-v2", "v2");
    await stage.untilStored(consumer);
    return [`its consumer has read the ${stage.sent.length} orders of version 1`, consumer];
  });
  await steps.run("together", async () => {
    await Promise.all([stage.produce("v2", MANY, program.extra), stage.produce("v1", MANY)]);
    await stage.untilStored(v1, v2);
    return [`both send; both consumers have all ${stage.sent.length} orders`, undefined];
  });
  const edits = await steps.run("bad edits", () => badEdits(telling, program));
  const { away, consumers } = await withoutRegistry(telling, { program, v1, v2 });
  await steps.run("roll back", async () => {
    await stage.produce("v1", FEW);
    await stage.untilStored(...Object.values(consumers));
    return [`the producer of version 1 again, with schema ${ids.v1}`, undefined];
  });
  const counted = await steps.run("counting", () => countEverything(telling, consumers));
  return {
    ...{ ids, edits, away, sent: stage.sent.length, added: program.added, ...counted },
    losses: { v1: v1.losses.get(ids.v2) ?? "", v2: v2.losses.get(ids.v1) ?? "" },
    expectedRecords: new Map([[`${ids.v1}`, 2 * MANY + 2 * FEW], [`${ids.v2}`, MANY + FEW]]),
    // Each group gives up the record with the invented id for itself.
    expectedDeadLetters: new Map([["schema-not-found", Object.keys(consumers).length]]),
  };
}

async function firstVersion({ run, stage }: Telling): Promise<readonly [string, StoryConsumer]> {
  const settings = { ORDERS_PARTITIONS: "3" };
  const setup = await stage.start("v1", { path: "tools/setup", name: "setup", settings });
  await untilDone(setup, { name: "setup", ok: [EXIT.done], signal: run.signal });
  const [consumer] = await Promise.all([stage.consume("reader-v1", "v1"), stage.produce("v1", MANY)]);
  await stage.untilStored(consumer);
  return [`${MANY} orders sent and stored`, consumer];
}

/** As a developer would: one file edited, checked, released; the types are generated. */
async function edit({ run, steps }: Telling): Promise<readonly [string, SecondProgram]> {
  const began = systemClock.monotonic();
  const program = await copyProgram(join(run.folder, "v2"), run);
  await addFields(program);
  const [subject] = (await readSchemaFolder(program.schemas)).subjects;
  const today = new Date(systemClock.now()).toISOString().slice(0, 10);
  const { ok, assessments } = await checkSubject(subject!, { today });
  if (!ok) throw new Error("schema:check refuses the two fields that it should allow");
  for (const { path, newReaders, oldReaders } of assessments.flatMap(({ changes }) => changes)) {
    steps.note(`${path}. New readers: ${newReaders.words}. Old: ${oldReaders.words}`, began);
  }
  const version = await release(program.schemas);
  return [`two fields more in order.avsc, released as version ${version}`, program];
}

async function register(
  { run: { stack } }: Telling,
  { schemas }: SecondProgram,
): Promise<readonly [string, { v1: number; v2: number }]> {
  const [subject] = (await readSchemaFolder(schemas)).subjects;
  const [registry, catalogue] = [openRegistry(stack), openCatalogue(stack)];
  const [first, second] = await registerReleases(subject!, { registry, catalogue, dryRun: false });
  const ids = { v1: first!.id!, v2: second!.id! }; // every release has one unless it is a dry run
  return [`schemas ${ids.v1} and ${ids.v2}, read back and compared`, ids];
}

async function badEdits(
  { run: { stack, topic } }: Telling,
  { schemas }: SecondProgram,
): Promise<readonly [string, readonly TriedEdit[]]> {
  const edits = await tryEdits(schemas, {
    registry: openRegistry(stack),
    catalogue: openCatalogue(stack),
    scratch: `scratch-${topic}-value`,
  });
  const refused = edits.filter(({ registry }) => registry === "refuses").length;
  return [`${edits.length} tried: we refuse all, the registry ${refused}`, edits];
}
