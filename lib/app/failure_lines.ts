import type { Cancel, Clock } from "../core/clock.ts";
import type { Failure } from "../core/failure.ts";
import { type ConsumerRecord, coordinates } from "../core/record.ts";
import type { Logger } from "../ops/log.ts";

/** How long the same kind of failure is only counted after its line. */
const FOLDED_MS = 10_000;
/** Longer than any wait between two tries to read a record: when none has waited for so long, that is over. */
const WAITING_IS_OVER_MS = 40_000;

/** What is counted since a kind of failure had its line. */
interface Folded {
  attempts: number;
  readonly cancel: Cancel;
}

/** Says that attempts fail, and that records cannot be read. */
export interface FailureLines {
  /** An attempt has failed. */
  failed(record: ConsumerRecord, failure: Failure, attempt: number): void;
  /** A record cannot be read now, and waits. */
  waiting(failure: Failure): void;
  /** Says what is still only counted, and stops. */
  close(): void;
}

/**
 * One warning when attempts begin to fail in some way, so that trouble is seen while it is young, and then one for ten
 * seconds with how many there were: an outage has thousands of them, and says the same each time. That records wait to
 * be read is said once, however many do, and whatever goes on beside them.
 */
export function createFailureLines(log: Logger, clock: Pick<Clock, "after" | "monotonic">): FailureLines {
  const kinds = new Map<string, Folded>();
  let waitedAt = -Infinity;

  function end(kind: string): void {
    const folded = kinds.get(kind);
    kinds.delete(kind);
    folded?.cancel();
    if (folded === undefined || folded.attempts === 0) return;
    const count = folded.attempts.toLocaleString("en-US");
    log.warn(`… and ${count} more attempts failed as ${kind}`, { count: folded.attempts });
  }

  return {
    failed(record, failure, attempt) {
      const kind = failure.reason;
      const line = `Attempt ${attempt} of ${coordinates(record)} failed: ${failure.message}`;
      const folded = kinds.get(kind);
      if (folded !== undefined) {
        folded.attempts++;
        return log.debug(line);
      }
      kinds.set(kind, { attempts: 0, cancel: clock.after(FOLDED_MS, () => end(kind)) });
      log.warn(line, {
        reason: kind,
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
      });
    },
    waiting(failure) {
      const now = clock.monotonic();
      if (now - waitedAt > WAITING_IS_OVER_MS) log.warn(`Waiting to read records: ${failure.message}`);
      waitedAt = now;
    },
    close() {
      for (const kind of [...kinds.keys()]) end(kind);
    },
  };
}
