import type { TopicPartition } from "../core/record.ts";

/** A partition that waits because a dead letter of it cannot be written. */
export interface DeadLetterHold extends TopicPartition {
  readonly why: string;
}

/** Told when a partition begins and ends to wait. */
export interface DeadLetterHoldListener {
  held(hold: DeadLetterHold): void;
  freed(at: TopicPartition): void;
}

/** Which partitions wait for their dead letters: as long as one record of theirs does. */
export class DeadLetterHolds {
  readonly #listener: DeadLetterHoldListener;
  readonly #byPartition = new Map<number, { hold: DeadLetterHold; waiting: number }>();

  constructor(listener: DeadLetterHoldListener) {
    this.#listener = listener;
  }

  /** The partitions that wait now, each with the latest reason. */
  get all(): readonly DeadLetterHold[] {
    return [...this.#byPartition.values()].map(({ hold }) => hold);
  }

  get size(): number {
    return this.#byPartition.size;
  }

  /** A record of the partition begins to wait; calling what is returned, once, ends it. */
  begin({ topic, partition }: TopicPartition, why: string): () => void {
    const known = this.#byPartition.get(partition);
    const one = known ?? { hold: { topic, partition, why }, waiting: 0 };
    one.waiting++;
    if (known === undefined) {
      this.#byPartition.set(partition, one);
      this.#listener.held(one.hold);
    }
    return () => {
      if (--one.waiting > 0) return;
      this.#byPartition.delete(partition);
      this.#listener.freed(one.hold);
    };
  }

  /** A partition that waits does so for another reason now. */
  explain({ topic, partition }: TopicPartition, why: string): void {
    const one = this.#byPartition.get(partition);
    if (one !== undefined) one.hold = { topic, partition, why };
  }
}
