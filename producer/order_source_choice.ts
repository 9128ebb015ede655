import { pace } from "./pace.ts";
import { systemClock, systemRandom } from "@orderline/lib/core/clock";
import type { CommandArguments } from "@orderline/lib/ops/arguments";
import { UsageError } from "@orderline/lib/ops/arguments";
import type { DeliveryTally } from "./deliver.ts";
import { type ParseOrder, readOrders, type SourceItem } from "./order_source.ts";
import { openInput } from "./order_source_input.ts";
import { defaultRejectsPath, openRejects, type RejectsFile } from "./rejects.ts";
import { generateOrders } from "./sample_orders.ts";

/** The orders that the command line asks for. */
export interface ChosenSource {
  readonly items: AsyncIterable<readonly SourceItem[]>;
  readonly rejects: RejectsFile;
  /** For the log: `orders of orders.ndjson`. */
  readonly what: string;
  /** What a progress bar counts up to: generated orders, or the bytes of a file; undefined when nobody knows. */
  readonly total: number | undefined;
  readonly done: (tally: DeliveryTally) => number;
}

const SAMPLES_PER_SECOND = 10;

/** File, standard input, generated orders or, without an argument, samples until a signal comes. */
export async function orderSource(
  args: CommandArguments<"generate" | "rate" | "rejects">,
  { signal, parse }: { readonly signal: AbortSignal; readonly parse: ParseOrder },
): Promise<ChosenSource> {
  const path = args.positionals[0];
  const generate = args.integer("generate", { min: 1 });
  const rate = args.number("rate", { min: 0.001, max: 10_000_000 });
  if (path !== undefined && generate !== undefined) {
    throw new UsageError("either FILE or --generate: orders come from one place");
  }
  const done = (tally: DeliveryTally) => tally.delivered;
  if (path === undefined) {
    const rejects = await openRejects(
      args.text("rejects") ?? defaultRejectsPath("generated", systemClock.now()),
    );
    const made = generated(
      generate,
      rate ?? (generate === undefined ? SAMPLES_PER_SECOND : undefined),
      signal,
    );
    const what = generate === undefined ? "sample orders until stopped" : `${generate} generated orders`;
    return { items: made, rejects, what, total: generate, done };
  }
  const input = await openInput(path);
  const rejectsPath = args.text("rejects") ?? defaultRejectsPath(path, systemClock.now());
  const rejects = await openRejects(rejectsPath, { input: input.identity });
  const items = paced(readOrders(input.stream, { parse, signal }), rate, signal);
  return { items, rejects, what: `the orders of ${input.name}`, total: undefined, done };
}

async function* generated(
  count: number | undefined,
  rate: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<SourceItem[]> {
  const orders = generateOrders({
    random: systemRandom,
    clock: systemClock,
    ...(count !== undefined && { count }),
  });
  let line = 0;
  async function* items(): AsyncGenerator<SourceItem[]> {
    for (const order of orders) {
      if (signal.aborted) return;
      yield [{ kind: "order", line: ++line, order }];
    }
  }
  yield* paced(items(), rate, signal);
}

/** One item a turn where a rate is asked for, untouched otherwise. */
async function* paced(
  source: AsyncIterable<readonly SourceItem[]>,
  perSecond: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<SourceItem[]> {
  const turns = perSecond === undefined ? undefined : pace({ perSecond, clock: systemClock, signal });
  for await (const items of source) {
    if (turns === undefined) {
      yield [...items];
      continue;
    }
    for (const item of items) {
      try {
        await turns.next();
      } catch {
        return; // stopped
      }
      yield [item];
    }
  }
}
