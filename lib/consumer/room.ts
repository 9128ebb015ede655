import type { ConsumerRecord } from "../core/record.ts";

/** How much may be read ahead and not be at its end, over all partitions. */
export interface RoomLimits {
  readonly records: number;
  readonly bytes: number;
}

/**
 * Bounds what is read ahead, in records and in bytes. Once full it has room again for a newcomer as soon as one record
 * has left, but tells of it only when half of it is free: partitions would be paused and resumed with every record.
 */
export class Room {
  readonly #limits: () => RoomLimits;
  readonly #onRoom: () => void;
  #records = 0;
  #bytes = 0;
  #full = false;

  /** @param limits asked again each time; @param onRoom half is free again, after there was no room. */
  constructor(limits: () => RoomLimits, onRoom: () => void) {
    this.#limits = limits;
    this.#onRoom = onRoom;
  }

  /** Records that are in. */
  get records(): number {
    return this.#records;
  }

  get isFree(): boolean {
    const { records, bytes } = this.#limits();
    return this.#records < records && this.#bytes < bytes;
  }

  enter(record: ConsumerRecord): void {
    this.#records++;
    this.#bytes += bytesOf(record);
    this.#full ||= !this.isFree;
  }

  leave(record: ConsumerRecord): void {
    this.#records--;
    this.#bytes -= bytesOf(record);
    const { records, bytes } = this.#limits();
    if (!this.#full || this.#records > records / 2 || this.#bytes > bytes / 2) return;
    this.#full = false;
    this.#onRoom();
  }
}

function bytesOf(record: ConsumerRecord): number {
  let bytes = record.dataBytes ?? (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const [name, content] of record.headers) bytes += name.length + content.length;
  return bytes;
}
