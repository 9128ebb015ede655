import { systemClock } from "@orderline/lib/core/clock";
import type { DemoInput } from "./input_files.ts";
import { countStored } from "./store_reader.ts";
import { countRecords } from "./topics.ts";
import type { Traffic } from "./traffic.ts";

const LOOK_EVERY_MS = 500;

/** Shows how many records are on the topic and how many orders in the store, until it is finished. */
export function showFlow({ run, admin }: Traffic, input: DemoInput): { finish(): void } {
  const bar = run.terminal.progress({ label: "on the topic", total: input.recordsToCome });
  const stored = () => `${countStored(run.storeFile).toLocaleString("en-US")} stored`;
  let looking = false;
  const stop = systemClock.every(LOOK_EVERY_MS, () => {
    if (looking) return;
    looking = true;
    countRecords(admin, run.topic)
      .then((count) => bar.update(count, { note: stored() }), () => {}) // asked again soon
      .finally(() => looking = false);
  });
  return {
    finish() {
      stop();
      bar.finish(`${" ".repeat(23)}${stored()}`);
    },
  };
}
