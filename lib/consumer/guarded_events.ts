import { getLogger } from "../ops/log.ts";
import type { ConsumerEvents } from "./events.ts";

const NAMES = Object.keys(
  {
    handled: true,
    failed: true,
    retried: true,
    waiting: true,
    finished: true,
    deadLetterFailed: true,
    breaker: true,
    committed: true,
    commitFailed: true,
    rebalanced: true,
    held: true,
    restarting: true,
  } satisfies Record<keyof ConsumerEvents, true>,
) as (keyof ConsumerEvents)[];

const log = getLogger("consumer");

/**
 * The same observers, whose mistakes reach nobody: what one throws is logged. Thrown on, it would make a failure of a
 * handler's success, and end the lanes, or the process, in the middle of what it was told of.
 */
export function guardedEvents(events: ConsumerEvents): ConsumerEvents {
  const guarded: Partial<Record<keyof ConsumerEvents, (...told: never[]) => void>> = {};
  for (const name of NAMES) {
    if (events[name] === undefined) continue;
    guarded[name] = (...told) => {
      try {
        (events[name] as (...told: never[]) => void)(...told);
      } catch (error) {
        log.error(`The observer of "${name}" threw: ${error instanceof Error ? error.message : error}`);
      }
    };
  }
  return guarded;
}
