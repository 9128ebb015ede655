import { isFinished, type Outcome } from "../core/outcome.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { Lane, laneKeyOf } from "./lane.ts";
import type { OwnedPartition } from "./owned_partition.ts";
import type { Begun, ProcessRecord } from "./process_record.ts";
import type { Room } from "./room.ts";

/** Where lanes wait whose next record may go together with those of others. */
export interface StraightWay {
  /** Takes the lane over; it comes back through {@linkcode Dispatcher.walk} when its record needs a closer look. */
  offer(lane: Lane): void;
}

/** What a dispatcher is built from. */
export interface DispatcherOptions {
  readonly process: ProcessRecord;
  readonly room: Room;
  /** Where lanes go first; undefined where each record goes by itself. */
  readonly straight?: StraightWay | undefined;
  /** A record of a partition that is still ours is at its end. */
  readonly onFinished: (owned: OwnedPartition, record: ConsumerRecord, outcome: Outcome) => void;
}

/**
 * Runs records in lanes: those of one key one after the other, those of different keys side by side. A record that
 * waits for its next try holds its own lane only.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Puts an admitted record into its lane. */
  add(owned: OwnedPartition, record: ConsumerRecord): void {
    this.#options.room.enter(record);
    const key = laneKeyOf(record);
    const known = owned.lanes.get(key);
    if (known !== undefined) return known.push(record);
    const lane = new Lane(owned, key);
    lane.push(record);
    owned.lanes.set(key, lane);
    this.next(lane);
  }

  /** Goes on with a lane, or ends it. */
  next(lane: Lane): void {
    const { straight } = this.#options;
    if (lane.isEmpty) lane.end();
    else if (straight !== undefined) straight.offer(lane);
    else void this.walk(lane, lane.shift()!);
  }

  /** Takes a record of the lane along THE PATH, and goes on with the lane. */
  async walk(lane: Lane, record: ConsumerRecord, begun?: Begun): Promise<void> {
    const { owned, key } = lane;
    // The partition was lost and has come back while a handler runs on: nothing of its key starts beside it.
    const frozen = owned.frozen(key);
    if (frozen !== undefined) await frozen;
    // A partition that is held starts nothing more. What waits is let go, or it would take the room of the others; it
    // is unfinished, so whoever has the partition next reads it again.
    if (owned.isRunning) {
      const outcome = await this.#options.process(record, owned.signal, begun);
      if (isFinished(outcome) && !owned.isReleased) this.#options.onFinished(owned, record, outcome);
    }
    this.#options.room.leave(record);
    this.next(lane);
  }
}
