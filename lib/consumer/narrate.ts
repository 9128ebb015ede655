/**
 * What the consumer says when its state changes: one line for each change, each with what follows from it.
 */
import type { BreakerOptions, BreakerState } from "../core/breaker.ts";
import { coordinates, type TopicPartition } from "../core/record.ts";
import { getLogger } from "../ops/log.ts";

const log = getLogger("consumer");

export function tellJoined(groupId: string, partitions: readonly TopicPartition[]): void {
  const list = partitions.map(({ partition }) => partition).sort((a, b) => a - b).join(", ");
  log.info(
    `Joined group ${groupId} with ${list === "" ? "no partition: standing by" : `partitions ${list}`}`,
  );
}

export function tellRestart(groupId: string, error: unknown, inMs: number): void {
  const why = error instanceof Error ? error.message : String(error);
  log.warn(`Lost the group ${groupId}: ${why}; joining again in ${inMs} ms`);
}

export function tellOffsetLost(groupId: string, at: TopicPartition): void {
  log.error(
    `The group's position in ${
      coordinates(at)
    } is no longer in the log: retention or a recreated topic took it. ` +
      "Nothing is skipped or repeated silently: stop all members, decide where to go on " +
      `(kafka-consumer-groups --reset-offsets --group ${groupId} …) and start again`,
  );
}

export function tellHeld(at: TopicPartition, why: string): void {
  log.error(
    `${
      coordinates(at)
    } is held: ${why}. This looks like a bad release, not like bad messages. The other partitions ` +
      "go on. Mend the release and restart, or accept it with: deno task consumer --accept-flood",
  );
}

export function tellBreaker(
  state: BreakerState,
  before: BreakerState,
  { failureThreshold, resetMs }: BreakerOptions,
): void {
  if (state === "open") {
    const why = before === "half_open"
      ? "open again: the probe failed"
      : `open after ${failureThreshold} failures in a row`;
    log.warn(
      `Circuit breaker ${why}. Nothing is processed, nothing is lost, next probe in ${resetMs / 1_000} s`,
    );
  } else if (state === "half_open") log.info("Circuit breaker half open: one record is tried");
  else log.info("Circuit breaker closed: processing goes on");
}
