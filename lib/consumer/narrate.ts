/**
 * What the consumer says when its state changes: one line for each change, each with what follows from it.
 */
import type { BreakerOptions, BreakerState } from "../core/breaker.ts";
import type { DeadLetterHold } from "./dead_letter_holds.ts";
import { coordinates, type TopicPartition } from "../core/record.ts";
import type { OffsetLoss, StartPosition } from "../kafka/ports.ts";
import { getLogger } from "../ops/log.ts";
import { HANDLER } from "./dependencies.ts";

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

/** A group begins in partitions of which it has no commit; said aloud, since a lost group looks the same. */
export function tellFirstStart(groupId: string, starts: readonly StartPosition[]): void {
  const list = starts.map(({ partition, offset }) => `${partition} at ${offset}`).join(", ");
  log.info(`Group ${groupId} has no commit yet in partitions that it begins now: ${list}`);
}

const LOST: Record<OffsetLoss, string> = {
  "no-commit": "has no commit where it must have one: its offsets have expired, or the group was deleted",
  "out-of-range": "stands at an offset that the log does not hold: retention or a recreated topic took it",
};

export function tellOffsetLost(groupId: string, at: TopicPartition, why: OffsetLoss): void {
  log.error(
    `Group ${groupId} ${LOST[why]} (${
      coordinates(at)
    }). Nothing is skipped or repeated silently: stop all members, ` +
      `then either set the position (kafka-consumer-groups --reset-offsets --group ${groupId} …) or start once with ` +
      "--accept-lost-offsets to go on where OFFSET_RESET says",
  );
}

export function tellOffsetReset(groupId: string, at: TopicPartition): void {
  log.warn(`Group ${groupId} goes on in ${coordinates(at)} where OFFSET_RESET says: its position was lost`);
}

export function tellHeld(at: TopicPartition, why: string): void {
  log.error(
    `${
      coordinates(at)
    } is held: ${why}. This looks like a bad release, not like bad messages. The other partitions ` +
      "go on. Mend the release and start it once with --forget-flood, or, where the messages are bad indeed, with " +
      "--accept-flood; until then it is held, also by others of the group",
  );
}

export function tellUnreadable(at: TopicPartition, why: string): void {
  log.error(
    `${
      coordinates(at)
    } is not read on: ${why}. Nothing is skipped, the other partitions go on, and it is asked ` +
      "for again every half minute",
  );
}

export function tellDeadLettersHeld(hold: DeadLetterHold): void {
  log.error(
    `${coordinates(hold)} waits: ${hold.why}. The record is tried again until it is written, ` +
      "nothing is skipped, the other partitions go on",
  );
}

export function tellDeadLettersFreed(at: TopicPartition): void {
  log.info(`${coordinates(at)} goes on: its dead letters are written`);
}

export function tellBreaker(
  dependency: string,
  { state, before }: { readonly state: BreakerState; readonly before: BreakerState },
  { failureThreshold, resetMs }: BreakerOptions,
): void {
  const name = dependency === HANDLER ? "" : ` (${dependency})`;
  if (state === "open") {
    const why = before === "half_open"
      ? "open again: the probe failed"
      : `open after ${failureThreshold} failures in a row`;
    const next = `next probe in ${resetMs / 1_000} s`;
    log.warn(`Circuit breaker ${why}${name}. Nothing is processed, nothing is lost, ${next}`);
  } else if (state === "half_open") {
    log.info(`Circuit breaker half open: trying whether it works again${name}`);
  } else log.info(`Circuit breaker closed: processing goes on${name}`);
}
