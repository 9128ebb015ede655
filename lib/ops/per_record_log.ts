/**
 * One line a record while a person can read along, and one line a second when nobody could.
 */
import type { Cancel, Clock } from "../core/clock.ts";
import type { Logger, LogProperties } from "./log.ts";

/** LOG_RECORDS: fold above {@linkcode MAX_LINES_PER_SECOND}, write every line, or none. */
export type RecordLogMode = "auto" | "always" | "never";

/** Up to so many lines a second are written one by one. */
export const MAX_LINES_PER_SECOND = 100;

/** What {@linkcode createPerRecordLog} takes. */
export interface PerRecordLogOptions {
  readonly log: Logger;
  readonly mode: RecordLogMode;
  readonly clock: Pick<Clock, "after">;
  /** What the folded line counts: `messages delivered`. */
  readonly what: string;
}

/** Writes lines about records, at level info. */
export interface PerRecordLog {
  /** `message` is called only when its line is written. */
  record(message: () => string, properties?: () => LogProperties): void;
  /** Writes what is still counted, and stops. */
  close(): void;
}

/**
 * Makes one. In `auto` the first 100 lines of a second are written and the rest of that second is counted; as
 * long as the seconds before had more than 100, all of the next is counted too: one line a second.
 */
export function createPerRecordLog({ log, mode, clock, what }: PerRecordLogOptions): PerRecordLog {
  let written = 0;
  let folded = 0;
  let busy = false;
  let cancel: Cancel | undefined;

  function endOfSecond(): void {
    cancel = undefined;
    const total = written + folded;
    writeFolded("in the last second");
    busy = total > MAX_LINES_PER_SECOND;
    written = folded = 0;
    // While it is busy the next second has to be measured from its beginning, not from its first record.
    if (busy) cancel = clock.after(1000, endOfSecond);
  }

  function writeFolded(when: string): void {
    if (folded === 0) return;
    const count = folded.toLocaleString("en-US");
    log.info(written > 0 ? `… and ${count} more ${what} ${when}` : `${count} ${what} ${when}`, {
      count: folded,
    });
  }

  return {
    record(message, properties) {
      if (mode === "never" || !log.enabled("info")) return;
      if (mode === "auto") {
        cancel ??= clock.after(1000, endOfSecond);
        if (busy || written >= MAX_LINES_PER_SECOND) {
          folded++;
          return;
        }
        written++;
      }
      log.info(message(), properties?.());
    },
    close() {
      cancel?.();
      cancel = undefined;
      writeFolded("since the last line");
      written = folded = 0;
    },
  };
}
