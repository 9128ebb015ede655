import { join } from "node:path";
import type { Admin } from "@orderline/lib/kafka/ports";
import { BAD_LINES, kindOfReject, type RawRecord } from "./bad_inputs.ts";
import type { DemoRun } from "./demo_run.ts";
import { countBy, type Findings } from "./findings.ts";
import { type DemoInput, parseLines } from "./input_files.ts";
import type { Outage } from "./outage.ts";
import { readStore } from "./store_reader.ts";
import { countRecords, readDeadLetters } from "./topics.ts";
import { expectedDeadLetters } from "./traffic.ts";

/** What a run leaves to be read and reported. */
export type Found = Omit<Findings, "name" | "seconds" | "next">;

/** What {@linkcode count} takes: what was sent, and what the applications said. */
export interface Counting {
  readonly run: DemoRun;
  readonly admin: Admin;
  readonly input: DemoInput;
  readonly raw: readonly RawRecord[];
  readonly outage: Outage;
  readonly metrics: ReadonlyMap<string, number>;
  readonly delivered: number;
}

/** Reads what there is now: rejects file, topics, store and the consumer's counters. */
export async function count(
  { run, admin, input, raw, outage, metrics, delivered }: Counting,
): Promise<Found> {
  const rejects = parseLines(await Deno.readTextFile(join(run.folder, "rejects.ndjson")));
  const letters = await readDeadLetters(run, admin);
  const { purchases, extras } = readStore(run.storeFile);
  const shown = letters.find(({ error }) => error.startsWith("quantity")) ?? letters[0];
  return {
    lines: input.purchases.orders + input.mixedLines,
    delivered,
    rejects: countBy(rejects.map(({ reasons }) => kindOfReject(String((reasons as unknown[])[0])))),
    expectedRejects: countBy(BAD_LINES.map(({ kind }) => kind)),
    rawRecords: raw.length,
    tombstones: raw.filter(({ reason }) => reason === undefined).length,
    onTopic: await countRecords(admin, run.topic),
    purchases,
    expectedPurchases: input.purchases,
    extras,
    expectedExtraOrders: input.extraOrders,
    repeats: metrics.get("orderline_consumer_repeats_total") ?? 0,
    skipped: metrics.get("orderline_consumer_messages_skipped_total") ?? 0,
    expectedRepeats: input.repeats,
    deadLetters: countBy(letters.map(({ reason }) => reason)),
    expectedDeadLetters: countBy(expectedDeadLetters(input, raw)),
    outage,
    example: shown && {
      place: `${shown.original_topic}[${shown.original_partition}]@${shown.original_offset}`,
      reason: shown.reason,
      error: shown.error,
    },
  };
}
