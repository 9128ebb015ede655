import type { Admin } from "@orderline/lib/kafka/ports";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { type App, type AppOptions, untilDone } from "./app.ts";
import type { RawRecord } from "./bad_inputs.ts";
import { type DemoRun, PURCHASES_FILE } from "./demo_run.ts";
import type { DemoInput } from "./input_files.ts";
import type { Steps } from "./steps.ts";
import { sendRawRecords } from "./topics.ts";

/** What sending takes: the run, and how an application is started so that it is also ended. */
export interface Traffic {
  readonly run: DemoRun;
  readonly steps: Steps;
  readonly admin: Admin;
  readonly start: (options: AppOptions) => Promise<App>;
}

/** So that the purchases take longer than the outage, and some come before and after it. */
const PURCHASES_PER_SECOND = "450";
const PRODUCER_SETTINGS = { PRODUCER_OPS_PORT: "0" };

/** Adds up what the producers say at their end. */
export class DeliveredCount {
  total = 0;
  readonly read = (message: string): void => {
    const count = /^producer\.delivery_success: ([\d,]+)$/.exec(message)?.[1];
    if (count !== undefined) this.total += Number(count.replaceAll(",", ""));
  };
}

/** Starts a producer on the purchases, and returns while it sends. */
export function sendPurchases({ start }: Traffic, delivered: DeliveredCount): Promise<App> {
  return start({
    path: "producer",
    name: "producer-purchases",
    args: [PURCHASES_FILE, "--rate", PURCHASES_PER_SECOND],
    settings: PRODUCER_SETTINGS,
    onMessage: delivered.read,
  });
}

/** Sends extras, bad orders and bad lines through a producer, and raw records past it. */
export async function sendBadInputs(
  { run, start }: Traffic,
  { input, delivered, ...topic }: {
    readonly input: DemoInput;
    readonly delivered: DeliveredCount;
    readonly schemaId: number;
    readonly partitions: number;
  },
): Promise<readonly RawRecord[]> {
  const producer = await start({
    path: "producer",
    name: "producer-extras",
    args: [input.mixedFile, "--rejects", "rejects.ndjson"],
    settings: PRODUCER_SETTINGS,
    onMessage: delivered.read,
  });
  const sent = await sendRawRecords(run, topic);
  await untilDone(producer, { name: "producer", ok: [EXIT.someRejected], signal: run.signal });
  return sent;
}

/** The reason of every dead letter that there must be. */
export function expectedDeadLetters(input: DemoInput, raw: readonly RawRecord[]): string[] {
  return [...input.badOrderReasons, ...raw.flatMap(({ reason }) => reason === undefined ? [] : [reason])];
}
