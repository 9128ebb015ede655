import { join } from "node:path";
import { BAD_LINES, badOrders, RAW_RECORDS } from "./bad_inputs.ts";
import { type DemoRun, EXTRAS_FILE, PURCHASES_FILE } from "./demo_run.ts";
import type { Totals } from "./store_reader.ts";

/** What goes into the demo, counted from the files before anything is sent. */
export interface DemoInput {
  readonly purchases: Totals;
  /** The extra orders, the bad orders and the bad lines, in one file for the producer. */
  readonly mixedFile: string;
  readonly mixedLines: number;
  /** Extra orders that must be stored, each id once. */
  readonly extraOrders: number;
  /** Extra orders whose id came before, with the same content. */
  readonly repeats: number;
  /** Records that the topic must hold at the end. */
  readonly recordsToCome: number;
  /** The reason of the dead letter of each bad order. */
  readonly badOrderReasons: readonly string[];
}

/** Reads the purchases and the extra orders, and writes what is added to them into the folder of the run. */
export async function prepareInput(run: DemoRun): Promise<DemoInput> {
  const purchases = parseLines(await Deno.readTextFile(PURCHASES_FILE));
  const extras = parseLines(await Deno.readTextFile(EXTRAS_FILE));
  const extraOrders = new Set(extras.map(({ order_id }) => order_id)).size;
  const bad = badOrders(extras[0]!);
  const lines = [
    ...[...extras, ...bad.map(({ order }) => order)].map((order) => JSON.stringify(order)),
    ...BAD_LINES.map(({ line }) => line),
  ];
  const mixedFile = join(run.folder, "extras-and-bad-lines.ndjson");
  await Deno.writeFile(
    mixedFile,
    new Uint8Array(await new Blob(lines.flatMap((line) => [line as BlobPart, "\n"])).arrayBuffer()),
  );
  return {
    purchases: totals(purchases),
    mixedFile,
    mixedLines: lines.length,
    extraOrders,
    repeats: extras.length - extraOrders,
    recordsToCome: purchases.length + extras.length + bad.length + RAW_RECORDS,
    badOrderReasons: bad.map(({ reason }) => reason),
  };
}

/** Adds up orders in whole cents. */
export function totals(orders: readonly Record<string, unknown>[]): Totals {
  const sum = { orders: 0, pieces: 0, cents: 0 };
  for (const { quantity, price } of orders) {
    sum.orders++;
    sum.pieces += Number(quantity);
    sum.cents += Number(quantity) * Math.round(Number(price ?? 0) * 100);
  }
  return sum;
}

/** The objects of an NDJSON text. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
