import { Fifo } from "../core/fifo.ts";
import { isFinished, type Outcome } from "../core/outcome.ts";
import { type ConsumerRecord, coordinates } from "../core/record.ts";
import { getLogger } from "../ops/log.ts";
import type { OwnedPartition } from "./owned_partition.ts";
import type { ProcessRecord } from "./process_record.ts";
import type { Room } from "./room.ts";

/** What a dispatcher is built from. */
export interface DispatcherOptions {
  readonly process: ProcessRecord;
  readonly room: Room;
  /** A record of a partition that is still ours is at its end. */
  readonly onFinished: (owned: OwnedPartition, record: ConsumerRecord, outcome: Outcome) => void;
}

const latin1 = new TextDecoder("latin1");
const log = getLogger("consumer");

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
    const key = laneOf(record);
    const lane = owned.lanes.get(key);
    if (lane !== undefined) return lane.records.push(record);
    const records = new Fifo<ConsumerRecord>();
    records.push(record);
    owned.lanes.set(key, { records, ended: this.#run(owned, key, records) });
  }

  async #run(owned: OwnedPartition, key: string, lane: Fifo<ConsumerRecord>): Promise<void> {
    // The partition was lost and has come back while a handler runs on: nothing of its key starts beside it.
    await owned.frozen(key);
    for (let record = lane.shift(); record !== undefined; record = lane.shift()) {
      // A partition that is held starts nothing more. What waits is let go, or it would take the room of the others;
      // it is unfinished, so whoever has the partition next reads it again.
      if (owned.flood.held === undefined && !owned.signal.aborted) {
        try {
          const outcome = await this.#options.process(record, owned.signal);
          if (isFinished(outcome) && !owned.signal.aborted) this.#options.onFinished(owned, record, outcome);
        } catch (error) {
          // Only an observer that throws comes here, and it must end neither the lane nor the process.
          log.error(
            `An observer threw for ${coordinates(record)}: ${error instanceof Error ? error.message : error}`,
          );
        }
      }
      this.#options.room.leave(record);
    }
    owned.lanes.delete(key);
  }
}

/** Records without a key cannot be in anyone's order, so each has a lane of its own. */
function laneOf(record: ConsumerRecord): string {
  return record.key === null ? `\u0000${record.offset}` : latin1.decode(record.key);
}
