import type { TopicPartition } from "../core/record.ts";
import type { OffsetLoss, StartPosition } from "../kafka/ports.ts";

/** A position that is lost, and how. */
export interface LostOffset extends TopicPartition {
  readonly why: OffsetLoss;
}

/** What counts as lost, and what follows. */
export interface LostOffsetsOptions {
  /** Every partition must have a commit: the group is no new one (`OFFSET_RESET=none`). */
  readonly commitsExpected: boolean;
  /** Go on where the reset says, since somebody has looked. */
  readonly accept: boolean;
}

/** What this process knows of a partition that it has begun before. */
export interface BegunBefore {
  /** Whether the group was seen to have a commit of it. */
  readonly hasCommit: boolean;
  /** Where it was begun. */
  readonly firstOffset: number;
}

/**
 * Tells a lost position from a first start. The group has no commit in both cases, and going on would skip or repeat
 * without a word in one of them. A commit is expected where this process has seen one, where reading would otherwise
 * go on further ahead than it once began, and everywhere when the settings say that the group is no new one.
 */
export class LostOffsets {
  readonly #options: LostOffsetsOptions;
  #first: LostOffset | undefined;

  constructor(options: LostOffsetsOptions) {
    this.#options = options;
  }

  /** The first that was lost, and not accepted. */
  get first(): LostOffset | undefined {
    return this.#first;
  }

  /** Whether reading may begin there. A process that was frozen before its first commit finds none, and lost nothing. */
  mayBegin(start: StartPosition, before?: BegunBefore): boolean {
    const { commitsExpected, accept } = this.#options;
    const expected = commitsExpected ||
      before !== undefined && (before.hasCommit || start.offset > before.firstOffset);
    if (start.metadata === undefined && expected && !accept) {
      this.#note({ topic: start.topic, partition: start.partition, why: "no-commit" });
      return false;
    }
    return true;
  }

  /** The log does not hold the position any more. Whether reading may begin anew where the reset says. */
  mayReset({ topic, partition }: TopicPartition): boolean {
    if (!this.#options.accept) this.#note({ topic, partition, why: "out-of-range" });
    return this.#options.accept;
  }

  #note(lost: LostOffset): void {
    this.#first ??= lost;
  }
}
