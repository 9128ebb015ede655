import { getLogger } from "../ops/log.ts";
import type { ConsumerEvents } from "./events.ts";

const log = getLogger("consumer");

/**
 * The same events, which cannot throw. What an observer throws would be taken for the handler's own failure, or end
 * the lane that it was told from; here it is a line in the log.
 */
export function guardedEvents(events: ConsumerEvents): ConsumerEvents {
  const guarded = Object.entries(events).map(([name, tell]: [string, (...told: never[]) => void]) => [
    name,
    (...told: never[]) => {
      try {
        tell.apply(events, told);
      } catch (error) {
        log.error(`The observer of "${name}" threw: ${error instanceof Error ? error.message : error}`);
      }
    },
  ]);
  return Object.fromEntries(guarded);
}
