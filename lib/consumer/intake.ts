import type { Clock } from "../core/clock.ts";
import { coordinates } from "../core/record.ts";
import type { FetchedBatch, Position } from "../kafka/ports.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { getLogger } from "../ops/log.ts";
import type { Assignment } from "./assignment.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { tellUnreadable } from "./narrate.ts";
import type { OwnedPartition } from "./owned_partition.ts";
import type { Pauses } from "./pauses.ts";
import type { Room } from "./room.ts";

/** What an intake works with. */
export interface IntakeOptions {
  readonly assignment: Assignment;
  readonly dispatcher: Dispatcher;
  readonly room: Room;
  readonly pauses: Pauses;
  readonly clock: Clock;
  /** False while joining and stopping: nothing is taken then. */
  readonly isTaking: () => boolean;
  readonly seek: (position: Position) => void;
}

/** kafkajs heartbeats again only when every batch of a fetch has returned. */
const WAIT_FOR_ROOM_MS = 1_000;
const UNTIL_TAKING_MS = 200;
/** What was damaged on the way comes whole the next time; what is damaged on a disk stays so until a person has looked. */
const UNREADABLE_AGAIN_MS = 30_000;
/**
 * How far reading goes beyond the lowest unfinished record of its partition: so much can one commit's metadata hold,
 * and a batch more, and so much is repeated at most when it cannot be committed.
 */
export const MAX_SPAN = 16_384;

const log = getLogger("consumer");

/**
 * Takes fetched batches into trackers and lanes, and returns: no handler runs inside the client's fetch loop, so
 * that no slow record can stop the others, and nothing a handler throws can reach the client.
 */
export class Intake {
  readonly #options: IntakeOptions;
  #waiting: (() => void)[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** `false`: not taken, and not to be resolved; it will be fetched again. */
  async admit(batch: FetchedBatch): Promise<boolean> {
    const { assignment, dispatcher, room, pauses, isTaking, seek } = this.#options;
    if (!isTaking()) {
      await this.#pause(UNTIL_TAKING_MS); // or kafkajs would fetch the same again at once, and again
      return false;
    }
    const owned = assignment.take(batch);
    if (owned === undefined) return false;
    const { topic, partition } = batch;
    if (owned.flood.held !== undefined) {
      pauses.pause(partition, "flood"); // only now, so that its end, and with it the lag, is known
      return false;
    }
    const { tracker } = owned;
    if (batch.fetchedOffset > tracker.next) {
      log.warn(
        `${
          coordinates(batch)
        } was read on at ${batch.fetchedOffset}, past ${tracker.next}: reading from there again`,
      );
      seek({ topic, partition, offset: tracker.next });
      return false;
    }
    if (tracker.span >= MAX_SPAN) {
      owned.waitsForSlowRecord = true;
      pauses.pause(partition, "slow-record");
      return false;
    }
    if (!room.isFree) {
      await this.#pause(WAIT_FOR_ROOM_MS);
      // While we waited the partition may have been lost: its batch must neither be run nor resolved.
      if (!isTaking() || !assignment.isCurrent(owned)) return false;
      if (tracker.span >= MAX_SPAN) {
        owned.waitsForSlowRecord = true;
        pauses.pause(partition, "slow-record");
        return false;
      }
      if (!room.isFree) {
        pauses.pause(partition, "room");
        return false;
      }
    }
    const records = this.#read(owned, batch);
    if (records === undefined) return false;
    // What was admitted before is a redelivery: it is done or running.
    for (const record of records) if (tracker.admit(record.offset)) dispatcher.add(owned, record);
    tracker.skipTo(batch.nextOffset);
    return true;
  }

  /** Lets partitions be asked for again whose records could not be read a while ago. */
  askAgain(): void {
    const { assignment, clock, pauses } = this.#options;
    for (const { partition, unreadable } of assignment.owned) {
      if (unreadable === undefined || clock.monotonic() - unreadable.at < UNREADABLE_AGAIN_MS) continue;
      pauses.resume(partition, "unreadable");
    }
  }

  /** Undefined where they cannot be read: then this partition rests, and no other. */
  #read(owned: OwnedPartition, batch: FetchedBatch): readonly ConsumerRecord[] | undefined {
    const { clock, pauses } = this.#options;
    try {
      const { records } = batch;
      owned.unreadable = undefined;
      return records;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== owned.unreadable?.why) tellUnreadable(owned, why);
      owned.unreadable = { why, at: clock.monotonic() };
      pauses.pause(owned.partition, "unreadable");
      return undefined;
    }
  }

  /** There is room again, or a join has begun or ended. */
  wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Until something changes, at most so long. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
    });
  }
}
