import { join } from "node:path";
import type { Terminal } from "@orderline/lib/ops/terminal";

/** The root of the repository. */
export const REPOSITORY: string = join(import.meta.dirname ?? ".", "..", "..");
/** The stack that `deno task stack` starts, and the only one that the demo ever talks to. */
export const STACK_DATA: string = join(REPOSITORY, "data", "stack");
/** The purchases of the sample. */
export const PURCHASES_FILE: string = join(import.meta.dirname ?? ".", "purchases.ndjson");
/** Good orders of other kinds: without a price, of low priority, of other items; the last repeats the first. */
export const EXTRAS_FILE: string = join(import.meta.dirname ?? ".", "extras.ndjson");

/** What one run of the demo has for itself, so that no two runs meet. */
export interface RunNames {
  /** `demo-20261123-212655` */
  readonly name: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  readonly group: string;
  /** Store, rejects and logs. */
  readonly folder: string;
  readonly storeFile: string;
}

/** Where Kafka and the registry are. */
export interface StackAddress {
  readonly kafkaBrokers: readonly string[];
  readonly schemaRegistryUrl: string;
}

/** What every step of the demo is given. */
export interface DemoRun extends RunNames {
  readonly stack: StackAddress;
  readonly terminal: Terminal;
  /** Aborts at Ctrl-C, and when a part of the demo has failed. */
  readonly signal: AbortSignal;
}

/** The names of the run that starts now; of another demo with another word in front. */
export function runNames(now: number, word: string = "demo"): RunNames {
  const time = new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  const name = `${word}-${time}`;
  const folder = join(REPOSITORY, "data", word, time);
  return {
    name,
    topic: `${name}-orders`,
    deadLetterTopic: `${name}-orders-dlq`,
    group: `${name}-processor`,
    folder,
    storeFile: join(folder, "orders.db"),
  };
}
